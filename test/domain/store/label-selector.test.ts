import { expect, test } from 'vitest';
import {
  formatSelector,
  type LabelSelector,
  matchesSelector,
} from '../../../src/domain/store/label-selector.ts';

const labels = { tts: 'true', tier: 'a', empty: '' };

const expression = (
  key: string,
  operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist',
  ...values: string[]
) => ({
  matchExpressions: [{ key, operator, ...(values.length === 0 ? {} : { values }) }],
});

test.each<{ selector: LabelSelector; want: boolean; written: string }>([
  { selector: {}, want: true, written: '' },
  { selector: { matchLabels: {} }, want: true, written: '' },
  { selector: { matchLabels: { tts: 'true' } }, want: true, written: 'tts=true' },
  { selector: { matchLabels: { tts: 'false' } }, want: false, written: 'tts=false' },
  { selector: { matchLabels: { tts: 'true', tier: 'b' } }, want: false, written: 'tts=true,tier=b' },
  { selector: { matchLabels: { empty: '' } }, want: true, written: 'empty=' },
  { selector: { matchLabels: { absent: '' } }, want: false, written: 'absent=' },
  { selector: expression('tier', 'In', 'a', 'b'), want: true, written: 'tier in (a,b)' },
  { selector: expression('tier', 'In', 'b'), want: false, written: 'tier in (b)' },
  { selector: expression('absent', 'In', 'b'), want: false, written: 'absent in (b)' },
  { selector: expression('tier', 'NotIn', 'b'), want: true, written: 'tier notin (b)' },
  { selector: expression('tier', 'NotIn', 'a'), want: false, written: 'tier notin (a)' },
  { selector: expression('absent', 'NotIn', 'a'), want: true, written: 'absent notin (a)' },
  { selector: expression('empty', 'Exists'), want: true, written: 'empty' },
  { selector: expression('absent', 'Exists'), want: false, written: 'absent' },
  { selector: expression('absent', 'DoesNotExist'), want: true, written: '!absent' },
  { selector: expression('tier', 'DoesNotExist'), want: false, written: '!tier' },
  {
    selector: { matchLabels: { tts: 'true' }, ...expression('tier', 'In', 'b') },
    want: false,
    written: 'tts=true,tier in (b)',
  },
])('"$written" matches: $want', ({ selector, want, written }) => {
  expect(matchesSelector(selector, labels)).toBe(want);
  expect(formatSelector(selector)).toBe(written);
});
