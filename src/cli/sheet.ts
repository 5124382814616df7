// Facts about one thing below each other: a title and a text a row, the texts in one column, broken between words where a terminal is
// too narrow for them.
import type { TerminalOutput } from '../ports/terminal.ts';
import { formatColumns } from './columns.ts';
import { plain } from './words.ts';

/** Narrower columns are not worth breaking for. */
const narrowest = 30;

/** The rows, indented by two, without a line feed at the end; foreign text is made harmless. */
export function formatSheet(
  rows: readonly (readonly string[])[],
  { isTerminal, columns }: Pick<TerminalOutput, 'isTerminal' | 'columns'>,
): string {
  const titled = rows.map(([title = '', text = '']) => [`  ${title}`, plain(text)] as const);
  const indent = Math.max(...titled.map(([title]) => title.length)) + 2;
  const width = isTerminal && columns - indent >= narrowest ? columns - indent : Infinity;
  const lines = titled.flatMap(([title, text]) =>
    brokenAt(text, width).map((line, at) => [at === 0 ? title : '', line]),
  );
  return formatColumns(lines);
}

/** The text in lines of at most so many characters; a longer word stays whole. */
function brokenAt(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (longer.length <= width || line === '') line = longer;
    else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line];
}
