// Watches every call a program makes to its ports, and strikes at one of them: the program is stopped dead before the call or
// after it took effect, or lives on without its answer. A program that was stopped makes no further call.

/** A program that was stopped: whatever it still tries fails with this. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
}

export interface Strike {
  /** The number of the call, from 0. */
  readonly call: number;
  readonly how: 'stopped before' | 'stopped after' | 'unanswered';
}

export class CallTrace {
  /** The names of the calls made so far. */
  calls: string[] = [];
  strike: Strike | undefined;
  #isStopped = false;

  /** Lets the successor of a stopped program make calls. */
  restart(): void {
    this.#isStopped = false;
  }

  /** Notes a call; what it returns is called once the call took effect. `unanswered` is what a lost answer looks like. */
  begin(name: string, unanswered: () => Error): () => void {
    if (this.#isStopped) throw new Stopped(name);
    const call = this.calls.length;
    this.calls.push(name);
    this.#stopIf(call, 'stopped before');
    return () => {
      this.#stopIf(call, 'stopped after');
      if (this.#takes(call, 'unanswered')) throw unanswered();
    };
  }

  #stopIf(call: number, how: Strike['how']): void {
    if (this.#takes(call, how)) this.#isStopped = true;
    if (this.#isStopped) throw new Stopped(`${this.calls[call] ?? ''}: ${how}`);
  }

  #takes(call: number, how: Strike['how']): boolean {
    const isHit = this.strike?.call === call && this.strike.how === how;
    if (isHit) this.strike = undefined;
    return isHit;
  }
}

type Method = (...args: readonly unknown[]) => unknown;

export interface Tracing {
  readonly trace: CallTrace;
  readonly unanswered: () => Error;
}

/** The port, every asynchronous call of which the trace sees. */
export function traced<T extends object>(tracing: Tracing, port: T): T {
  return new Proxy(port, {
    get(target, name) {
      const field: unknown = Reflect.get(target, name, target);
      if (typeof field !== 'function') return field;
      const method = field.bind(target) as Method;
      // These two answer at once, from memory.
      if (name === 'watch' || name === 'time') return method;
      if (isListing(name) && 'upload' in port)
        return (...args: unknown[]) => pages(tracing, { name, method }, args);
      return async (...args: unknown[]) => {
        const end = tracing.trace.begin(String(name), tracing.unanswered);
        const answer = await method(...args);
        end();
        return answer;
      };
    },
  });
}

const isListing = (name: string | symbol): name is string =>
  name === 'list' || name === 'scan' || name === 'scanVersions';

async function* pages(
  { trace, unanswered }: Tracing,
  { name, method }: { readonly name: string; readonly method: Method },
  args: readonly unknown[],
): AsyncGenerator {
  const end = trace.begin(name, unanswered);
  yield* method(...args) as AsyncIterable<unknown>;
  end();
}
