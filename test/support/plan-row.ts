// A row of what `kubectl reprise plan -o json` prints, with the field names that its users know it by.

export interface PlanRow {
  readonly namespace: string;
  readonly run: string;
  readonly attempt: number;
  readonly kind: string;
  readonly update: number;
  readonly verdict: string;
  readonly reasons: readonly string[];
}
