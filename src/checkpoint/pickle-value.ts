// What a scanned pickle consists of: inert data. A global is its name, a call its parts; nothing is looked up or run.

/** Anything a pickle can hold here. */
export type PickleValue = string | number | bigint | boolean | null | PickleNode;

/** A value with parts. */
export type PickleNode = PickleDict | PickleList | PickleTuple | PickleGlobal | PickleCall | PickleStorage;

/** A dict or OrderedDict; a Map, so that no key can mean anything. */
export interface PickleDict {
  readonly kind: 'dict';
  readonly entries: Map<PickleValue, PickleValue>;
  depth: number;
}

/** A list. */
export interface PickleList {
  readonly kind: 'list';
  readonly items: PickleValue[];
  depth: number;
}

/** A tuple. */
export interface PickleTuple {
  readonly kind: 'tuple';
  readonly items: readonly PickleValue[];
  readonly depth: number;
}

/** The name of a class or function, `module.name`. */
export interface PickleGlobal {
  readonly kind: 'global';
  readonly name: string;
  readonly depth: 0;
}

/** A call that was asked for and not made, such as the rebuilding of a tensor. */
export interface PickleCall {
  readonly kind: 'call';
  readonly callee: PickleValue;
  readonly args: PickleTuple;
  readonly depth: number;
}

/** A tensor storage, which lies outside the pickle: its bytes are the entry `<prefix>/data/<key>`. */
export interface PickleStorage {
  readonly kind: 'storage';
  readonly key: string;
  /** For example `torch.FloatStorage`. */
  readonly type: string;
  readonly elements: number;
  /** Where it was when it was saved: `cpu`, `cuda:0`. */
  readonly device: string | null;
  readonly depth: 1;
}

type NodeOf<K extends PickleNode['kind']> = Extract<PickleNode, { kind: K }>;

function isNode<K extends PickleNode['kind']>(value: PickleValue | undefined, kind: K): value is NodeOf<K> {
  return typeof value === 'object' && value !== null && value.kind === kind;
}

/** Narrows to a node of one kind, or undefined. */
export function asNode<K extends PickleNode['kind']>(
  value: PickleValue | undefined,
  kind: K,
): NodeOf<K> | undefined {
  return isNode(value, kind) ? value : undefined;
}

/** The value under a string key of a dict; undefined when there is none or `value` is no dict. */
export function entryOf(value: PickleValue | undefined, key: string): PickleValue | undefined {
  return asNode(value, 'dict')?.entries.get(key);
}
