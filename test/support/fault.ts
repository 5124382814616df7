// Faults written down as text, one after the other: a line `### what is wrong | file | what reports it`, then the file.

/** One file with one fault. */
export interface Fault {
  readonly name: string;
  readonly file: string;
  /** the rule, or the words, that must show up for this file */
  readonly code: string;
  readonly text: string;
}

/** The faults in the text; throws for a heading that is not of the form above. */
export function parseFaults(text: string): readonly Fault[] {
  return text
    .split(/^### /m)
    .slice(1)
    .map((part) => {
      const [heading = '', ...lines] = part.split('\n');
      const [name, file, code] = heading.split('|').map((cell) => cell.trim());
      if (name === undefined || file === undefined || code === undefined)
        throw new Error(`bad heading: ${heading}`);
      return { name, file, code, text: `${lines.join('\n').trimEnd()}\n` };
    });
}

/** The files of the faults, as a tree to plant. */
export const filesOf = (faults: readonly Fault[]): Readonly<Record<string, string>> =>
  Object.fromEntries(faults.map((fault) => [fault.file, fault.text]));
