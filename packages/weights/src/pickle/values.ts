import { invalidField } from '@m3ae/errors';

/**
 * What a pickle can hold here: a tuple is a list, a dict a Map, and whatever is neither container nor array an inert
 * {@link PickleStub}. Containers may hold themselves, and one of them may stand in many places.
 */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | PickleValue[]
  | Map<PickleValue, PickleValue>
  | Set<PickleValue>
  | PickleBytes
  | PickleArray
  | PickleDtype
  | PickleStub
  | PickleGlobal;

/** A byte string, read when it is wanted. */
export interface PickleBytes {
  readonly type: 'bytes';
  readonly length: number;
  /** Copies the bytes out of the source. */
  read(): Uint8Array;
}

/** The type of a NumPy array's elements. */
export interface PickleDtype {
  readonly type: 'dtype';
  /** NumPy's kind and width in bytes, e.g. `f4`, `i8`, `b1`; `bfloat16`; `O8` for objects. */
  readonly code: string;
  bigEndian: boolean;
}

/** A NumPy array whose elements are still those of the file. */
export interface PickleArray {
  readonly type: 'array';
  shape: readonly number[];
  dtype: PickleDtype;
  /** Whether the first axis is the one that runs fastest. */
  fortran: boolean;
  /** Of an array of objects, a list. */
  content: PickleBytes | PickleValue[];
}

/** The name of a class or function; it is never looked up. */
export interface PickleGlobal {
  readonly type: 'global';
  /** Module and name: `optax._src.transform.ScaleByAdamState`. */
  readonly name: string;
}

/** What would have been an object of some class, or the result of some function: its name, and all that it was given. */
export interface PickleStub {
  readonly type: 'stub';
  readonly name: string;
  readonly args: readonly PickleValue[];
  /** What `__setstate__` would have received. */
  state?: PickleValue;
  /** What would have been appended. */
  readonly items: PickleValue[];
  /** What would have been set by key. */
  readonly entries: Map<PickleValue, PickleValue>;
}

type Tagged = PickleBytes | PickleArray | PickleDtype | PickleStub | PickleGlobal;

/** Whether a value is of one of the kinds that have a `type`. */
export function isPickled<Type extends Tagged['type']>(
  value: PickleValue | undefined,
  type: Type,
): value is Extract<Tagged, { type: Type }> {
  const tagged = typeof value === 'object' && value !== null && 'type' in value;
  return tagged && value.type === type;
}

/** A stub that has been given nothing more than its arguments. */
export function stubOf(name: string, args: readonly PickleValue[]): PickleStub {
  return { type: 'stub', name, args, items: [], entries: new Map() };
}

const deepest = 1000;

/** The values that a container, array or stub holds. */
export function childrenOf(value: PickleValue): readonly PickleValue[] {
  if (Array.isArray(value)) return value;
  if (value instanceof Map) return [...value].flat();
  if (value instanceof Set) return [...value];
  if (isPickled(value, 'array')) return Array.isArray(value.content) ? value.content : [];
  if (!isPickled(value, 'stub')) return [];
  return [
    ...value.args,
    ...(value.state === undefined ? [] : [value.state]),
    ...value.items,
    ...[...value.entries].flat(),
  ];
}

/**
 * Refuses what is nested so deeply that a reader that calls itself would end in a full stack.
 *
 * @throws InvalidInput
 */
export function refuseDepth(root: PickleValue, name: string): void {
  const met = new Set<PickleValue>();
  let level: PickleValue[] = [root];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > deepest) {
      const remedy = 'It is no checkpoint, or made to do harm.';
      throw invalidField(name, `nested at most ${deepest} deep`, 'deeper', remedy);
    }
    const next: PickleValue[] = [];
    for (const value of level) {
      if (typeof value !== 'object' || value === null || met.has(value)) continue;
      met.add(value);
      for (const child of childrenOf(value)) next.push(child);
    }
    level = next;
  }
}
