// A bar that shows a share: in blocks where a person looks at a terminal, in plain ASCII elsewhere.

export interface BarStyle {
  /** Characters of the bar itself. */
  readonly width: number;
  readonly isDrawn: boolean;
}

/** `██████░░░░` or `[######----]`; never full before the share is 1. */
export function drawBar(share: number, { width, isDrawn }: BarStyle): string {
  const filled = Math.floor(Math.min(1, Math.max(0, share)) * width);
  if (isDrawn) return '█'.repeat(filled) + '░'.repeat(width - filled);
  return `[${'#'.repeat(filled)}${'-'.repeat(width - filled)}]`;
}
