// Whatever lies where a document of ours should be: each reader names the document, says what is wrong with it and what to do.
import { describe, expect, test } from 'vitest';
import { agentEnvironment } from '../../src/wire/agent-environment.ts';
import { attemptDocument } from '../../src/wire/attempt-document.ts';
import { deletionsDocument } from '../../src/wire/deletions-document.ts';
import { type DocumentCodec, DocumentError } from '../../src/wire/document.ts';
import { endDocument } from '../../src/wire/end-document.ts';
import { goneDocument } from '../../src/wire/gone-document.ts';
import { pinDocument } from '../../src/wire/pin-document.ts';
import { placedFile } from '../../src/wire/placed-file.ts';
import { pullJournal } from '../../src/wire/pull-journal.ts';
import { restoreResult } from '../../src/wire/restore-result.ts';
import { runDocument } from '../../src/wire/run-document.ts';
import { storeDocument } from '../../src/wire/store-document.ts';
import { syncNote } from '../../src/wire/sync-note.ts';
import { syncStatus } from '../../src/wire/sync-status.ts';

interface Known {
  readonly where: string;
  readonly codec: Pick<DocumentCodec<unknown>, 'parse'>;
  readonly cure: RegExp;
}

const documents: readonly Known[] = [
  {
    where: 'p/run.json',
    codec: runDocument,
    cure: /\. Put it back as it was, or use another name for the run\.$/,
  },
  {
    where: 'p/attempt.json',
    codec: attemptDocument,
    cure: /\. Put it back as it was\. Without .* spec\.rollback .*\.$/,
  },
  { where: 'p/end.json', codec: endDocument, cure: /\. Put it back as it was, or remove it: .*\.$/ },
  { where: 'p/gone.json', codec: goneDocument, cure: /\. Remove it\.$/ },
  { where: 'p/.reprise-store.json', codec: storeDocument, cure: /\. Remove it if no other cluster .*\.$/ },
  {
    where: 'p/deletions/2026-11-22.json',
    codec: deletionsDocument,
    cure: /\. Remove it, or put it back .*\.$/,
  },
  { where: 'REPRISE_AGENT', codec: agentEnvironment, cure: /\. Run agents and operator of one version\.$/ },
  { where: 'a termination message', codec: restoreResult, cure: /\. Run agents and operator .*\.$/ },
  { where: 'http://10.0.0.1/status', codec: syncStatus, cure: /\. Run agents and operator .*\.$/ },
  { where: 'voice.pt.part.json', codec: pullJournal, cure: /\. Remove it: .*\.$/ },
  {
    where: 'p/pins/0003-120000.json',
    codec: pinDocument,
    cure: /\. Put it back as it was, or remove it, .*\.$/,
  },
  { where: 'sync.json', codec: syncNote, cure: /\. It is made anew\.$/ },
  { where: 'placed.json', codec: placedFile, cure: /\. It is made anew\.$/ },
];

const rubbish: readonly { readonly name: string; readonly text: string; readonly says: string }[] = [
  { name: 'nothing', text: '', says: 'it is empty' },
  { name: 'blanks', text: ' \n', says: 'it is empty' },
  { name: 'a web page', text: '<html>502</html>', says: 'it is not JSON' },
  { name: 'half a document', text: '{"version":1,"attempt":{"num', says: 'it is not JSON' },
  { name: 'bytes of a picture', text: '\u{fffd}PNG\r\n\u{1a}\n\0\0', says: 'it is not JSON' },
  { name: 'deep nesting', text: '['.repeat(500_000), says: 'it is not JSON' },
  { name: 'megabytes', text: `{"version":1,"x":"${'x'.repeat(1 << 20)}"}`, says: 'it is longer than 1 MiB' },
  { name: 'null', text: 'null', says: 'the whole: ' },
  { name: 'a number', text: '17', says: 'the whole: ' },
  { name: 'a list', text: '[{"version":1}]', says: 'the whole: ' },
  { name: 'another document', text: '{"kind":"Pod"}', says: 'version: ' },
  { name: 'a version that is no number', text: '{"version":"2"}', says: 'version: ' },
  { name: 'an older version than there ever was', text: '{"version":0}', says: 'version: ' },
  { name: 'a broken version', text: '{"version":0.5}', says: 'version: ' },
];

describe.each(documents)('$where', ({ where, codec, cure }) => {
  const messageOf = (text: string): DocumentError => {
    try {
      codec.parse(text, where);
    } catch (cause) {
      if (cause instanceof DocumentError) return cause;
      throw cause;
    }
    throw new Error('it was taken');
  };

  test.each(rubbish)('that holds $name is named, with the cure', ({ text, says }) => {
    const { code, message } = messageOf(text);
    expect(code).toBe('Malformed');
    expect(message).toContain(`${where} is not what Reprise writes: ${says}`);
    expect(message).toMatch(cure);
    expect(message.length).toBeLessThan(1000);
  });

  test('of a newer layout asks for an upgrade, whatever else is in it', () => {
    const { code, message } = messageOf('{"version":2,"attempt":"?"}');
    expect(code).toBe('NewerLayout');
    expect(message).toMatch(/ has layout version 2, newer than 1, .*: upgrade this program/);
    expect(message.startsWith(where)).toBe(true);
  });
});

test('a document that is wrong everywhere is not told in full', () => {
  const text = JSON.stringify({
    version: 1,
    attempt: 'x',
    podUid: 7,
    flushed: 'yes',
    filesSeen: -1,
    unsent: 3,
  });
  expect(() => endDocument.parse(text, 'end.json')).toThrow(
    /attempt: [^;]*; podUid: [^;]*; flushed: [^;]*; and \d more\. /,
  );
});
