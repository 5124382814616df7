// Watches every call a program makes to its ports, and can stop the program dead at one of them: before the call is made, or
// after it took effect and before its answer is heard. A dead program makes no further call.

/** A program that was stopped: whatever it still tries fails with this. */
class Stopped extends Error {
  override readonly name = 'Stopped';
}

export interface StopPoint {
  /** The number of the call, from 0. */
  readonly call: number;
  readonly when: 'before' | 'after';
}

export class CallTrace {
  /** The names of the calls made so far. */
  calls: string[] = [];
  /** Where the program is stopped next. */
  stopAt: StopPoint | undefined;
  isStopped = false;

  /** Forgets the calls and lets a stopped program's successor run. */
  reset(): void {
    this.calls = [];
    this.isStopped = false;
  }

  begin(name: string): () => void {
    if (this.isStopped) throw new Stopped(name);
    const call = this.calls.length;
    this.calls.push(name);
    this.#stopWhen(call, 'before');
    return () => this.#stopWhen(call, 'after');
  }

  #stopWhen(call: number, when: StopPoint['when']): void {
    if (this.stopAt?.call === call && this.stopAt.when === when) {
      this.stopAt = undefined;
      this.isStopped = true;
    }
    if (this.isStopped) throw new Stopped(`${this.calls[call] ?? ''} (${when})`);
  }
}

type Method = (...args: readonly unknown[]) => unknown;

/** The port, every asynchronous call of which the trace sees. */
export function traced<T extends object>(trace: CallTrace, port: T): T {
  return new Proxy(port, {
    get(target, name) {
      const field: unknown = Reflect.get(target, name, target);
      if (typeof field !== 'function') return field;
      const method = field.bind(target) as Method;
      // These two answer at once, from memory.
      if (name === 'watch' || name === 'time') return method;
      if (name === 'list' && 'upload' in port) return (...args: unknown[]) => pages(trace, method, args);
      return async (...args: unknown[]) => {
        const end = trace.begin(String(name));
        const answer = await method(...args);
        end();
        return answer;
      };
    },
  });
}

async function* pages(trace: CallTrace, method: Method, args: readonly unknown[]): AsyncGenerator {
  const end = trace.begin('list');
  yield* method(...args) as AsyncIterable<unknown>;
  end();
}
