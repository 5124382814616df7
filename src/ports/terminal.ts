// Where a command-line program writes: data on one side, messages for a person on the other.

export interface TerminalOutput {
  /** Takes text as it is; never fails because nobody reads any more. */
  write(text: string): void;
  /** Whether a person is looking: a line may be drawn over. */
  readonly isTerminal: boolean;
  /** Characters a line holds. */
  readonly columns: number;
}
