// The units that numbers carry. An alias cannot be checked by the compiler, but it says what a bare `number` cannot.

/** Optimizer updates counted by the trainer, as read from inside a checkpoint. */
export type Update = number;

/** Milliseconds since the Unix epoch. */
export type Instant = number;

/** A duration in seconds. */
export type Seconds = number;

/** A size in bytes. */
export type Bytes = number;
