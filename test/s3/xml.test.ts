// The reader of XML takes what S3 servers write, and refuses what could make half a document look whole.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countOf, quotedOf, readXml, textOf } from '../../src/s3/xml.ts';
import { escapeXml } from '../support/fake-s3/s3-answer.ts';

/** What a reader is told, a line each. */
function read(document: string, root = 'R'): string[] {
  const bytes = Buffer.from(document);
  const told: string[] = [];
  readXml(bytes, root, {
    open: (name, depth) => told.push(`${depth} <${name}>`),
    close: (name, depth) => told.push(`${depth} </${name}>`),
    text: (name, depth, range) => told.push(`${depth} ${name}=${textOf(bytes, range)}`),
  });
  return told;
}

/** The last line, or the name of the error. */
function outcome(document: string): string {
  try {
    return read(document).at(-1) ?? '';
  } catch (error) {
    return (error as Error).name;
  }
}

describe('a document', () => {
  test.each([
    { title: 'of one text', document: '<R>x</R>', want: ['0 R=x'] },
    { title: 'that is empty', document: '<R/>', want: ['0 R='] },
    {
      title: 'with a declaration, a comment, attributes and blanks',
      document:
        '\u{FEFF}<?xml version="1.0"?>\n<!-- > --><R xmlns="a>b">\n <A x=\'/>\'>1</A >\n <B/> <C></C>\n</R>',
      want: ['0 <R>', '1 A=1', '1 B=', '1 C=', '0 </R>'],
    },
    {
      title: 'with every kind of reference',
      document: '<R>&lt;&amp;&gt;&quot;&apos;&#34;&#x41;&#13;é&#x1F600;</R>',
      want: ['0 R=<&>"\'"A\ré😀'],
    },
    {
      title: 'with an element of the same name inside',
      document: '<R><O><K>1</K></O><K>2</K></R>',
      want: ['0 <R>', '1 <O>', '2 K=1', '1 </O>', '1 K=2', '0 </R>'],
    },
  ])('$title', ({ document, want }) => {
    expect(read(document)).toEqual(want);
  });

  test.each([
    { title: 'nothing', document: '', says: 'cut short' },
    { title: 'no XML', document: 'Bad Gateway', says: 'cut short' },
    { title: 'another root', document: '<html></html>', says: '<html>, not <R>' },
    { title: 'a crossed end', document: '<R><A><B>1</B></R></A>', says: '<A> that does not end' },
    { title: 'an end first', document: '</R>', says: 'before it begins' },
    { title: 'a document type', document: '<!DOCTYPE R [<!ENTITY x "y">]><R>&x;</R>', says: 'declarations' },
    { title: 'a reference of its own', document: '<R>&x;</R>', says: 'a reference' },
    { title: 'a character beyond Unicode', document: '<R>&#x110000;</R>', says: 'a reference' },
    { title: 'a bare ampersand', document: '<R>a & b</R>', says: 'a reference' },
    { title: 'a thousand depths', document: '<R>'.repeat(1000), says: 'too deep' },
    { title: 'an endless name', document: `<${'R'.repeat(1e6)}></R>`, says: 'without a name' },
  ])('with $title is refused', ({ document, says }) => {
    expect(() => read(document)).toThrow(says);
  });

  test('cut short anywhere is refused', () => {
    const document = '<?xml version="1.0"?><R a="b"><A>1</A><B><C>&amp;</C></B></R>';
    for (let length = 0; length < document.length; length += 1)
      expect(() => read(document.slice(0, length))).toThrow(/cut short|does not end|without a name/);
  });

  test('of any bytes is read or refused, never more', () => {
    const bytes = fc.array(
      fc.constantFrom('<', '>', '/', 'R', '&', ';', '"', "'", '!', '-', '?', ' ', 'lt', 'é'),
    );
    fc.assert(
      fc.property(bytes, (parts) => {
        expect(outcome(`<R>${parts.join('')}</R>`)).toMatch(/^0 |^BadAnswer/);
      }),
    );
  });
});

test('any text comes back as it was written', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      expect(read(`<R>${escapeXml(text)}</R>`)).toEqual([`0 R=${text}`]);
      const bytes = Buffer.from(escapeXml(`"${text}"`));
      expect(quotedOf(bytes, { from: 0, to: bytes.length })).toBe(`"${text}"`);
    }),
  );
});

test.each([
  ['&quot;abc&quot;', '"abc"'],
  ['&#34;abc&#34;', '"abc"'],
  ['"abc"', '"abc"'],
  ['abc', 'abc'],
  ['&quot;', '"'],
  ['&quot;&quot;', '""'],
  ['&quot;a&amp;b&quot;', '"a&b"'],
  [`&quot;${'x'.repeat(400)}&quot;`, `"${'x'.repeat(400)}"`],
])('the quoted text %s', (written, want) => {
  const bytes = Buffer.from(written);
  expect(quotedOf(bytes, { from: 0, to: bytes.length })).toBe(want);
});

test.each([
  ['0', 0],
  ['5394161632', 5_394_161_632],
  ['', undefined],
  ['-1', undefined],
  ['1e3', undefined],
  ['99999999999999999999', undefined],
])('the count %s', (written, want) => {
  const bytes = Buffer.from(written);
  expect(countOf(bytes, { from: 0, to: bytes.length })).toBe(want);
});
