// Where a command-line program writes: data on one side, messages for a person on the other.

/** Takes text as it is; never fails because nobody reads any more. */
export interface TextOutput {
  write(text: string): void;
}

/** Messages and progress, beside the data. */
export interface MessageOutput extends TextOutput {
  /** Whether a person is looking: a line may be drawn over. */
  readonly isTerminal: boolean;
  /** Characters a line holds. */
  readonly columns: number;
}
