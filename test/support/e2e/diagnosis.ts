// What helps after a failed e2e test: the run's status, its pods, its events, the ends of the trainer's and the operator's logs.
import { readFileSync } from 'node:fs';
import { describeError } from '../../../dev/progress/polling.ts';
import { listKeys } from './bucket.ts';
import { findRun, listEvents, listPods, type RunName } from './run-view.ts';
import { stage } from './stage.ts';

const operatorLines = 40;

async function tellPods(run: RunName): Promise<string> {
  const pods = await listPods(run);
  const logs = await Promise.all(
    pods.flatMap(({ metadata }) =>
      ['restore', 'sync', 'trainer'].map(async (container) => {
        const args = ['logs', '-n', run.namespace, metadata.name, '-c', container, '--tail=12'];
        return `--- ${metadata.name} ${container}\n${await stage()
          .cli.run(...args)
          .catch(describeError)}`;
      }),
    ),
  );
  return [...pods.map(({ metadata, status }) => `${metadata.name}: ${JSON.stringify(status)}`), ...logs].join(
    '\n',
  );
}

const parts: Readonly<Record<string, (run: RunName) => Promise<string>>> = {
  status: async (run) => JSON.stringify((await findRun(run))?.status ?? 'no such run', null, 1),
  events: async (run) =>
    (await listEvents(run)).map(({ type, reason, note }) => `${type} ${reason} ${note}`).join('\n'),
  bucket: async (run) => (await listKeys(run)).join('\n'),
  pods: tellPods,
  operator: async () =>
    readFileSync(stage().operatorLog, 'utf8').trimEnd().split('\n').slice(-operatorLines).join('\n'),
};

/** Prints everything; what cannot be had is said so. */
export async function diagnose(run: RunName): Promise<void> {
  for (const [title, tell] of Object.entries(parts)) {
    const text = await tell(run).catch(describeError);
    console.error(`\n##### ${run.namespace}/${run.name}: ${title}\n${text}`);
  }
}
