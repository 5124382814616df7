// The values that hold for a run in words, each with who says so.
import {
  type EffectiveValue,
  effectiveValues,
  type Origin,
  type Settings,
} from '../domain/retention/settings.ts';
import { formatBytes } from '../domain/size.ts';

/** `keepNewest 3 from policy voice-defaults`, one a value. */
export const settingWords = (settings: Settings): readonly string[] =>
  effectiveValues(settings).map(settingWord);

/** One value. */
export const settingWord = (value: EffectiveValue): string =>
  `${nameOf(value)} ${valueOf(value)} from ${originWords(value.from)}`;

/** The field as it stands where it was said. */
function nameOf({ name, from }: EffectiveValue): string {
  const short = name.replace(/^rules\./, '');
  if (from.is === 'Run') return short.replace(/^ceiling\./, '');
  return fieldNames[short] ?? short;
}

const fieldNames: Readonly<Record<string, string>> = {
  'ceiling.maxCheckpoints': 'maxCheckpointsPerRun',
  'ceiling.maxBytes': 'maxBytesPerRun',
  'ceiling.maxAgeSeconds': 'maxAgeSeconds',
  'ceiling.maxPins': 'maxPinsPerRun',
  abortUploadsAfterSeconds: 'uploads.abortAfterSeconds',
  approveAbovePercent: 'approveAbove.percent',
  approveAboveCheckpoints: 'approveAbove.checkpoints',
};

const valueOf = ({ name, value }: EffectiveValue): string =>
  name.endsWith('.maxBytes') ? formatBytes(value) : String(value);

/** Who says so. */
export function originWords(from: Origin): string {
  switch (from.is) {
    case 'BuiltIn':
      return 'Reprise itself';
    case 'Operator':
      return "the operator's flags";
    case 'OperatorDefault':
      return "the operator's defaults";
    case 'Run':
      return 'the run';
    case 'Policy':
      return `policy ${from.name}`;
  }
}
