// Every status that the operator writes of a run, also one that stands for a moment only: what is polled may be missed on a busy machine.
import type { RunStatus } from '../../../src/domain/run/status.ts';
import { eventually } from './patience.ts';
import { type RunName, type RunObject, runPath } from './run-view.ts';
import { stage } from './stage.ts';

interface NamedRun extends RunObject {
  readonly metadata: RunObject['metadata'] & { readonly name: string };
}

export class StatusRecord implements AsyncDisposable {
  readonly #run: RunName;
  readonly #statuses: RunStatus[] = [];
  #watch: AsyncDisposable | undefined;

  private constructor(run: RunName) {
    this.#run = run;
  }

  /** Records from now on. */
  static async begin(run: RunName): Promise<StatusRecord> {
    const record = new StatusRecord(run);
    const path = runPath({ ...run, name: '' }).replace(/\/$/, '');
    record.#watch = await stage().api.watch<NamedRun>(path, ({ object }) => {
      if (object.metadata.name === run.name && object.status !== undefined)
        record.#statuses.push(object.status);
    });
    return record;
  }

  /** The first status that was as wanted, once there is one. @throws with the sentences of all that were written */
  async first(what: string, isWanted: (status: RunStatus) => boolean): Promise<RunStatus> {
    let found: RunStatus | undefined;
    await eventually({
      otherwise: `${this.#run.namespace}/${this.#run.name}: was never so: ${what}`,
      everyMillis: 100,
      check: async () => {
        found = this.#statuses.find(isWanted);
        return found === undefined ? this.#sentences() : undefined;
      },
    });
    if (found === undefined) throw new Error('unreachable: it resolved without a status');
    return found;
  }

  #sentences(): string {
    const said = this.#statuses.map(({ phase, message }) => `${phase}: ${message}`);
    return said.filter((sentence, at) => sentence !== said[at - 1]).join('\n');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#watch?.[Symbol.asyncDispose]();
  }
}
