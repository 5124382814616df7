// What of a sentence stays while the same thing is the case: its words, without numbers, times, amounts and made-up names.

// In this order: a number inside an identifier is part of it.
const moving: readonly (readonly [RegExp, string])[] = [
  // UIDs, digests, request ids
  [/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/gi, '#'],
  [/\b(?=[a-f]*\d)[0-9a-f]{8,}\b/gi, '#'],
  // the pod of a Job
  [/-\d+-[bcdfghjklmnpqrstvwxz2456789]{5}\b/g, '-#'],
  // 1m3s, 5.2s, 70 MB
  [/\b(?:\d+(?:\.\d+)?(?:ms|[hms]))+\b/g, '#'],
  [/\b\d+(?:\.\d+)? ?[kKMGTP]?i?B\b/g, '#'],
  [/\d+(?:[.:]\d+)*/g, '#'],
  // 10, 20, 30
  [/#(?:, #)+/g, '#'],
];

/** The same for sentences that tell the same case at different times; also for two cases that only numbers or made-up names tell apart. */
export const stableWords = (sentence: string): string =>
  moving.reduce((words, [pattern, instead]) => words.replaceAll(pattern, instead), sentence);
