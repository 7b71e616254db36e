import { invalidField } from '@m3ae/errors';
import { addItems, setEntries, setState } from './globals.js';
import {
  byteLength,
  bytes,
  create,
  get,
  global,
  lineText,
  longLength,
  type Machine,
  make,
  outside,
  pop,
  popMark,
  push,
  put,
  refuse,
  shortLength,
  text,
  top,
  tuple,
} from './machine.js';
import { floatLine, integerLine, longLine, longOf, unescaped, unquoted } from './literals.js';
import { latin1Text, utf8Text } from '../byte-source.js';
import { isPickled, type PickleValue } from './values.js';

type Operation = (machine: Machine) => void;

/** What gives some values to the one below them, which stays. */
const onTop =
  (
    take: (machine: Machine) => PickleValue[],
    use: (target: PickleValue, values: PickleValue[], where: string) => void,
  ): Operation =>
  (machine) => {
    const values = take(machine);
    use(top(machine), values, machine.where());
  };

/** What would be a call of the value below its arguments. */
const called: Operation = (machine) => {
  const args = pop(machine);
  make(machine, pop(machine), args);
};

/** What each instruction does, by its letter, or by its byte from 0x80 on. */
const operations: Readonly<Record<string | number, Operation>> = {
  // The stack and the memo
  '(': (m) => {
    m.marks.push(m.stack);
    m.stack = [];
    m.charge(1);
  },
  '0': (m) => void (m.stack.length > 0 ? pop(m) : popMark(m)),
  '1': (m) => void popMark(m),
  '2': (m) => push(m, top(m)),
  p: (m) => put(m, integerLine(lineText(m), m.where())),
  q: (m) => put(m, byteLength(m)),
  r: (m) => put(m, shortLength(m)),
  0x94: (m) => put(m, m.memo.size),
  g: (m) => get(m, integerLine(lineText(m), m.where())),
  h: (m) => get(m, byteLength(m)),
  j: (m) => get(m, shortLength(m)),
  0x80: (m) => {
    const protocol = m.cursor.byte();
    if (protocol > 5)
      throw invalidField(m.where(), 'of protocol 0 to 5', protocol, 'Save it with protocol=4.');
  },
  0x95: (m) => void m.cursor.take(8),
  // Plain values
  N: (m) => push(m, null),
  0x88: (m) => push(m, true),
  0x89: (m) => push(m, false),
  I: (m) => {
    const line = lineText(m);
    push(m, line === '01' ? true : line === '00' ? false : longLine(line, m.where()));
  },
  J: (m) => push(m, m.cursor.take(4).getInt32(0, true)),
  K: (m) => push(m, m.cursor.byte()),
  M: (m) => push(m, m.cursor.take(2).getUint16(0, true)),
  L: (m) => push(m, longLine(lineText(m).replace(/L$/, ''), m.where())),
  0x8a: (m) => push(m, longOf(m.cursor.take(byteLength(m)), m.where())),
  0x8b: (m) => push(m, longOf(m.cursor.take(shortLength(m)), m.where())),
  F: (m) => push(m, floatLine(lineText(m), m.where())),
  G: (m) => push(m, m.cursor.take(8).getFloat64(0, false)),
  S: (m) => push(m, unquoted(lineText(m), m.where())),
  T: (m) => text(m, shortLength(m), latin1Text),
  U: (m) => text(m, byteLength(m), latin1Text),
  V: (m) => push(m, unescaped(lineText(m))),
  X: (m) => text(m, shortLength(m), utf8Text),
  0x8c: (m) => text(m, byteLength(m), utf8Text),
  0x8d: (m) => text(m, longLength(m), utf8Text),
  B: (m) => bytes(m, shortLength(m)),
  C: (m) => bytes(m, byteLength(m)),
  0x8e: (m) => bytes(m, longLength(m)),
  0x96: (m) => bytes(m, longLength(m)),
  // Containers
  ']': (m) => create(m, []),
  ')': (m) => create(m, []),
  '}': (m) => create(m, new Map()),
  0x8f: (m) => create(m, new Set()),
  l: (m) => create(m, popMark(m)),
  t: (m) => create(m, popMark(m)),
  d: (m) => {
    const items = popMark(m);
    create(m, new Map());
    setEntries(top(m), items, m.where());
  },
  0x91: (m) => create(m, new Set(popMark(m))),
  0x85: (m) => tuple(m, 1),
  0x86: (m) => tuple(m, 2),
  0x87: (m) => tuple(m, 3),
  a: onTop((m) => [pop(m)], addItems),
  e: onTop(popMark, addItems),
  0x90: onTop(popMark, addItems),
  s: onTop((m) => [pop(m), pop(m)].reverse(), setEntries),
  u: onTop(popMark, setEntries),
  // Names, and what would be calls
  c: (m) => {
    const module = lineText(m);
    global(m, module, lineText(m));
  },
  0x93: (m) => {
    const name = pop(m);
    global(m, pop(m), name);
  },
  R: called,
  0x81: called,
  0x92: (m) => {
    const named = pop(m);
    const args = pop(m);
    make(m, pop(m), Array.isArray(args) ? [...args, named] : args);
  },
  i: (m) => {
    const module = lineText(m);
    const name = lineText(m);
    const args = popMark(m);
    global(m, module, name);
    make(m, pop(m), args);
  },
  o: (m) => {
    const [callee, ...args] = popMark(m);
    make(m, callee ?? null, args);
  },
  b: onTop(
    (m) => [pop(m)],
    (target, [state], where) => setState(target, state!, where),
  ),
  P: (m) => outside(m, lineText(m)),
  Q: (m) => outside(m, pop(m)),
  // What stands outside of the file
  0x82: refuse('a number of a registry'),
  0x83: refuse('a number of a registry'),
  0x84: refuse('a number of a registry'),
  0x97: refuse('a buffer that was kept elsewhere'),
  0x98: (m) => void (isPickled(top(m), 'bytes') || refuse('a read-only buffer')(m)),
};

/** What a byte of a pickle does; nothing for one that is no instruction. */
export function operationOf(code: number): Operation | undefined {
  return operations[code < 0x80 ? String.fromCharCode(code) : code];
}
