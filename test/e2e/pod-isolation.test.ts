// What a pod may know and how much the programs take: the trainer gets no credential of the store and no API token, the Secret stands
// nowhere else, and neither program is heavy.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { missingForNodes } from '../../dev/cluster/machine.ts';
import type { Pod } from '../../src/ports/kube-objects.ts';
import { peakMegabytes, syncProcess } from '../support/e2e/footprint.ts';
import { findRun, listEvents, listJobs, listPods } from '../support/e2e/run-view.ts';
import { stage } from '../support/e2e/stage.ts';
import { applyTestedRun, type TestedRun } from '../support/e2e/tested-run.ts';
import { describeWith } from '../support/requirement.ts';

/** Everything the trainer's user can read that could hold a secret, as one text. */
const looking = `
import glob, os
print(os.environ)
for path in [*glob.glob("/proc/[0-9]*/environ"), *glob.glob("/proc/[0-9]*/cmdline")]:
    if path.split("/")[2] == str(os.getpid()):
        continue
    try:
        print(path, open(path, "rb").read())
    except OSError as error:
        print(path, type(error).__name__)
for folder in ("/var/run/secrets", "/run/secrets"):
    for _, _, names in os.walk(folder):
        print(*("a file of a Secret: " + name for name in names))`;

const inside = (
  { namespace }: TestedRun,
  { metadata: { name } }: Pod,
  ...command: string[]
): Promise<string> => stage().cli.run('exec', '-n', namespace, name, '-c', 'trainer', '--', ...command);

async function everythingTold(run: TestedRun, pod: Pod): Promise<string> {
  const logs = ['restore', 'sync', 'trainer'].map((container) => run.logs(pod, container));
  const objects = [findRun(run), listEvents(run), listJobs(run), listPods(run)];
  return [
    ...(await Promise.all(logs)),
    JSON.stringify(await Promise.all(objects)),
    readFileSync(stage().operatorLog, 'utf8'),
  ].join('\n');
}

describeWith(await missingForNodes(), 'a training pod', () => {
  test('keeps the credentials from the trainer and from everything that can be read', async (context) => {
    const run = await applyTestedRun(context, {
      namespace: 'isolated',
      holdsAt: 105,
    });
    const pod = await run.untilHeld(105, 100);
    const { bucket, operator } = stage();
    const { accessKeyId, secretAccessKey } = bucket.agent;
    const sync = syncProcess(pod.metadata.uid);
    expect(readFileSync(`/proc/${sync}/environ`, 'utf8'), 'sync has it').toContain(secretAccessKey);

    const seen = await inside(run, pod, 'python3', '-c', looking);
    expect(seen).toContain('agent.mjs'); // it sees the agents' processes, but not into them
    expect(seen).not.toContain('AWS_');
    expect(seen).not.toContain(accessKeyId);
    expect(seen).toContain('PermissionError');
    expect(seen, 'no API token').not.toContain('a file of a Secret');

    const told = await everythingTold(run, pod);
    expect(told).toContain('checkpoint saved');
    for (const secret of [secretAccessKey, bucket.operator.secretAccessKey])
      expect(told).not.toContain(secret);

    const memory = { operator: peakMegabytes(operator.pid()), sync: peakMegabytes(sync) };
    console.log(
      `  peak memory: operator ${memory.operator} MB (goal 150), sync ${memory.sync} MB (goal 100)`,
    );
    // Guards against leaks alone: peaks depend on the machine and on all that ran before. The goals are for one run of 1 MB checkpoints.
    expect(memory.operator).toBeLessThan(250);
    expect(memory.sync).toBeLessThan(200);
  });
});
