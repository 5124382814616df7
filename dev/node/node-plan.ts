// What a node of a local cluster is to be.

/** A node, before it is made. */
export interface NodePlan {
  readonly name: string;
  /** how many GPUs it offers, none of which exists; 1 unless given */
  readonly gpus?: number;
  /** keeps every pod away that does not ask for the node by its label and tolerate its taint {@link reservation} */
  readonly reservedFor?: string;
}

/** The key of the label and of the taint of a reserved node. */
export const reservation = 'reprise.dev/reserved-for';
