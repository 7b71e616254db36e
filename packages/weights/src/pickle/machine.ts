import { invalidField } from '@m3ae/errors';
import { type ByteSource, latin1Text } from '../byte-source.js';
import type { Cursor } from './cursor.js';
import { wholeNumber } from './literals.js';
import { globalName, madeBy } from './globals.js';
import type { PickleBytes, PickleValue } from './values.js';

/** The state between two instructions. */
export interface Machine {
  readonly source: ByteSource;
  readonly cursor: Cursor;
  readonly outside: ((id: PickleValue, where: string) => PickleValue) | undefined;
  /** Values since the last mark. */
  stack: PickleValue[];
  /** The values before each mark that is open. */
  readonly marks: PickleValue[][];
  readonly memo: Map<number, PickleValue>;
  where(): string;
  /** Counts new objects and places of the memo, and refuses more than there may be. */
  charge(count: number): void;
}

const remedy = 'The file is damaged, or made by hand: fetch it again from whom you trust.';

function misplaced(machine: Machine, rule: string) {
  return invalidField(machine.where(), rule, 'too little', remedy);
}

/** The value on top, which is taken away. */
export function pop(machine: Machine): PickleValue {
  const value = machine.stack.pop();
  if (value !== undefined) return value;
  throw misplaced(machine, 'preceded by a value');
}

/** The value on top, which stays. */
export function top(machine: Machine): PickleValue {
  const value = machine.stack.at(-1);
  if (value !== undefined) return value;
  throw misplaced(machine, 'preceded by a value');
}

/** The values since the last mark, which is taken away. */
export function popMark(machine: Machine): PickleValue[] {
  const before = machine.marks.pop();
  if (before === undefined) throw misplaced(machine, 'preceded by a mark');
  const values = machine.stack;
  machine.stack = before;
  return values;
}

export const push = (machine: Machine, value: PickleValue) => void machine.stack.push(value);

/** A new container, array or stub. */
export function create(machine: Machine, value: PickleValue): void {
  machine.charge(1);
  machine.stack.push(value);
}

/** The last values as one tuple. */
export function tuple(machine: Machine, count: number): void {
  if (machine.stack.length < count) throw misplaced(machine, 'preceded by enough values');
  create(machine, machine.stack.splice(machine.stack.length - count));
}

export function text(machine: Machine, length: number, decode: (bytes: Uint8Array) => string): void {
  const { buffer, byteOffset } = machine.cursor.take(length);
  push(machine, decode(new Uint8Array(buffer, byteOffset, length)));
}

export function bytes(machine: Machine, length: number): void {
  const begin = machine.cursor.skip(length);
  const { source } = machine;
  const value: PickleBytes = { type: 'bytes', length, read: () => source.read(begin, begin + length) };
  create(machine, value);
}

export const byteLength = ({ cursor }: Machine) => cursor.byte();
export const shortLength = ({ cursor }: Machine) => cursor.take(4).getUint32(0, true);
export const longLength = (machine: Machine) =>
  wholeNumber(machine.cursor.take(8).getBigUint64(0, true), machine.where());

export function put(machine: Machine, index: number): void {
  if (!machine.memo.has(index)) machine.charge(1);
  machine.memo.set(index, top(machine));
}

export function get(machine: Machine, index: number): void {
  const value = machine.memo.get(index);
  if (value === undefined)
    throw invalidField(machine.where(), 'remembered before', `number ${index}`, remedy);
  push(machine, value);
}

export const lineText = (machine: Machine) => latin1Text(machine.cursor.line());

export function global(machine: Machine, module: PickleValue, name: PickleValue): void {
  if (typeof module !== 'string' || typeof name !== 'string') {
    throw invalidField(machine.where(), 'two names', 'something else', remedy);
  }
  create(machine, { type: 'global', name: globalName(module, name) });
}

export function make(machine: Machine, callee: PickleValue, args: PickleValue): void {
  if (!Array.isArray(args))
    throw invalidField(machine.where(), 'a tuple of arguments', 'something else', remedy);
  // A set or a dict that is made of a list costs as much as the list is long.
  machine.charge(args.reduce<number>((sum, arg) => sum + (Array.isArray(arg) ? arg.length : 0), 1));
  push(machine, madeBy(callee, args, machine.where()));
}

export function outside(machine: Machine, id: PickleValue): void {
  if (machine.outside === undefined) {
    throw invalidField(machine.where(), 'within the file', 'something outside of it', 'Save it as one file.');
  }
  create(machine, machine.outside(id, machine.where()));
}

export function refuse(what: string): (machine: Machine) => void {
  return (machine) => {
    throw invalidField(
      machine.where(),
      'an instruction that stands for itself',
      what,
      'Save it with pickle.dump.',
    );
  };
}
