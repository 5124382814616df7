// What inspect prints of one checkpoint: an object of fixed fields for programs, aligned lines for a person.
import type { CheckpointFacts } from '../checkpoint/inspection.ts';
import type { Tensor } from '../checkpoint/tensor.ts';
import type { Examination } from './examination.ts';
import { formatColumns } from './columns.ts';
import { formatBytes } from '../domain/size.ts';
import { formatCount, formatCrc32, plain } from './words.ts';

interface Inspected extends Examination {
  /** As the user called it. */
  readonly name: string;
}

/** The fields of `-o json`, in this order; `verified` and `tensors` only where they were asked for. Scripts rely on them. */
export function reportOf({ name, facts, tensors, verification }: Inspected, hasTensors: boolean): object {
  const { format, kind, counter, update, schedulerLastEpoch, totalIters } = facts;
  const { worldSize, plannedUpdates, percent, archivePrefix, vocabRows, parameters, complete, problems } =
    facts;
  return {
    file: name,
    format,
    kind,
    counter,
    update,
    schedulerLastEpoch,
    totalIters,
    worldSize,
    plannedUpdates,
    percent,
    archivePrefix,
    vocabRows,
    parameters,
    complete,
    problems: problems.map(({ code, message }) => ({ code, message })),
    ...(verification === undefined ? {} : { verified: verification.verdict === 'Verified' }),
    ...(hasTensors ? { tensors: tensors.map(tensorReport) } : {}),
  };
}

const tensorReport = ({ group, name, dtype, shape, device }: Tensor): object => ({
  group,
  name,
  dtype,
  shape,
  device,
});

const kinds: Readonly<Record<CheckpointFacts['kind'], string>> = {
  full: 'full: weights, optimizer, schedule and counter',
  emaOnly: 'EMA weights only: training from it starts at update 0',
  weightsOnly: 'raw weights only: F5-TTS infers with them and cannot train from them',
  unknown: 'unknown: no checkpoint of F5-TTS',
};

/** The lines a person reads, without a line feed at the end. */
export function describeCheckpoint(
  { name, facts, tensors, verification }: Inspected,
  hasTensors: boolean,
): string {
  const { format, sizeBytes, complete, problems, archivePrefix, vocabRows, parameters } = facts;
  const rows: (readonly [string, string] | undefined)[] = [
    ['kind', kinds[facts.kind]],
    ['state', `${complete ? 'complete' : 'INCOMPLETE'}${format === null ? '' : `, ${format}`}`],
    updateRow(facts),
    scheduleRow(facts),
    vocabRows === null ? undefined : ['vocabulary', `${formatCount(vocabRows)} rows`],
    parameters === null ? undefined : ['parameters', formatCount(parameters)],
    archivePrefix === null ? undefined : ['saved as', archivePrefix],
    ['size', `${formatBytes(sizeBytes)} (${formatCount(sizeBytes)} bytes)`],
    verifiedRow(verification),
    ...problems.map(({ code, message }) => ['problem', `${code}: ${message}`] as const),
  ];
  const lines = rows.filter((row) => row !== undefined).map(([title, text]) => [`  ${title}`, plain(text)]);
  const list = hasTensors && tensors.length > 0 ? `\n${formatColumns(tensors.map(tensorRow))}` : '';
  return `${plain(name)}\n${formatColumns(lines)}${list}`;
}

const tensorRow = ({ group, name, dtype, shape }: Tensor): readonly string[] => [
  `    ${plain(group ?? '')}`,
  plain(name),
  dtype,
  `[${shape.join(', ')}]`,
];

function updateRow({
  counter,
  update,
  plannedUpdates,
  percent,
}: CheckpointFacts): readonly [string, string] | undefined {
  if (update === null) return undefined;
  if (counter === 'step') return ['step', `${formatCount(update)} micro-steps (F5-TTS before 0.4.0)`];
  const planned = plannedUpdates === null ? '' : ` of ${formatCount(plannedUpdates)}`;
  return ['update', `${formatCount(update)}${planned}${percent === null ? '' : ` (${percent} %)`}`];
}

function scheduleRow({
  schedulerLastEpoch,
  totalIters,
  worldSize,
}: CheckpointFacts): readonly [string, string] | undefined {
  if (schedulerLastEpoch === null || totalIters === null) return undefined;
  const processes = worldSize === null ? '' : `; ${worldSize} ${worldSize === 1 ? 'process' : 'processes'}`;
  return [
    'schedule',
    `${formatCount(schedulerLastEpoch)} of ${totalIters.map(formatCount).join(' + ')} steps${processes}`,
  ];
}

function verifiedRow(verification: Examination['verification']): readonly [string, string] | undefined {
  switch (verification?.verdict) {
    case undefined:
      return undefined;
    case 'Verified':
      return ['verified', `yes, CRC32 ${formatCrc32(verification.fileCrc32)}`];
    case 'Unverifiable':
      return ['verified', `no: ${verification.why}`];
    case 'Damaged':
      return ['verified', 'NO: the bytes are damaged'];
  }
}
