import { invalidField, requireRecord } from '@m3ae/errors';
import { type ByteSource, sourceOf } from '../byte-source.js';
import { type PickleValue, refuseDepth } from './values.js';
import type { Machine } from './machine.js';
import { operationOf } from './operations.js';
import { cursorOf } from './cursor.js';

/** What stands outside of a pickle, and bounds against hostile ones. */
export interface ReadPickleOptions {
  /** What stands for something outside of the pickle; without it such a reference is refused. */
  readonly outside?: (id: PickleValue, where: string) => PickleValue;
  /** Most instructions; default 5,000,000, of which a checkpoint has some ten thousand. */
  readonly maxInstructions?: number;
  /** Most containers, arrays and stubs; default 1,000,000. */
  readonly maxObjects?: number;
}

/**
 * Reads a Python pickle of protocol 0 to 5 and runs none of it.
 *
 * Containers, texts, numbers, bytes and NumPy arrays are built; of everything else the name is kept, and what it was
 * given. Byte strings and arrays stay in the source until they are asked for.
 *
 * @param input - The file, or its bytes.
 * @returns The value that the pickle holds, and where in the source it ended.
 * @throws InvalidInput if the file is cut short or damaged, holds an instruction that is not of these protocols, or is
 * larger or deeper than any checkpoint is.
 *
 * @example
 * ```ts
 * const { value } = readPickle(bytes); // Map { 'step' => 3, 'state' => { type: 'stub', name: 'm3ae.model.M3AETrainState', … } }
 * ```
 *
 * @see CPython, Lib/pickletools.py
 */
export function readPickle(
  input: ByteSource | Uint8Array,
  options: ReadPickleOptions = {},
): { readonly value: PickleValue; readonly end: number } {
  requireRecord('options', options, 'outside, maxObjects', 'Leave it out for a plain pickle.');
  const source = sourceOf(input);
  const { outside, maxInstructions = 5_000_000, maxObjects = 1_000_000 } = options;
  const cursor = cursorOf(source);
  let objects = 0;
  const machine: Machine = {
    source,
    cursor,
    outside,
    stack: [],
    marks: [],
    memo: new Map(),
    where: () => `${source.name}, byte ${cursor.position}`,
    charge(count) {
      objects += count;
      if (objects > maxObjects) throw tooMuch(`${maxObjects} objects`);
    },
  };
  const tooMuch = (most: string) =>
    invalidField(
      source.name,
      `a pickle of at most ${most}`,
      'one of more',
      'It is no checkpoint, or made to do harm.',
    );
  for (let count = 0; ; count++) {
    if (count > maxInstructions) throw tooMuch(`${maxInstructions} instructions`);
    const at = cursor.position;
    const code = cursor.byte();
    if (code === stop) break;
    const operation = operationOf(code);
    if (operation === undefined) {
      const received = `byte 0x${code.toString(16).padStart(2, '0')}`;
      const remedy = 'The file is damaged, or no pickle.';
      throw invalidField(
        `${source.name}, byte ${at}`,
        'an instruction of protocols 0 to 5',
        received,
        remedy,
      );
    }
    operation(machine);
  }
  if (machine.stack.length !== 1 || machine.marks.length > 0) {
    const remedy = 'The file is damaged: fetch it again.';
    throw invalidField(source.name, 'a pickle of one value', 'another number', remedy);
  }
  const value = machine.stack[0]!;
  refuseDepth(value, source.name);
  return { value, end: cursor.position };
}

const stop = 0x2e;
