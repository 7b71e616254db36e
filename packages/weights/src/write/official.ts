import { faultOf, invalidField, throwFaults } from '@m3ae/errors';
import { toReferenceNames } from '@m3ae/transformer';
import { isNdArray, type NdArray } from '@m3ae/tree';
import type { ModelWeights } from '../model.js';

/**
 * A training state as the M3AE authors' code keeps it, for its probes and fine-tuning: a pickle of
 * `{step, epoch, variant, state}`, where `state` is an `m3ae.model.M3AETrainState` with `params`. It has no optimizer, so
 * their pre-training cannot go on from it.
 *
 * @returns The file in pieces.
 * @throws InvalidInput if the model is not one of that code: no decoder, learned positions, exact GELU.
 */
export function toOfficialPickle(model: ModelWeights): Generator<Uint8Array> {
  const { kind, config, params, step = 0 } = model;
  const remedy = 'Write safetensors instead.';
  throwFaults([
    kind !== 'm3ae' && kind !== 'mae' && faultOf('kind', 'm3ae or mae', kind, remedy),
    config.gelu !== 'tanh' && faultOf('gelu', 'tanh', config.gelu, remedy),
    config.normEpsilon !== 1e-6 && faultOf('normEpsilon', '1e-6', config.normEpsilon, remedy),
    config.learnedPositions !== undefined && faultOf('learnedPositions', 'left out', 'learned ones', remedy),
    config.inputNorm === true && faultOf('inputNorm', 'false', true, remedy),
  ]);
  const state = {
    module: kind === 'mae' ? 'flax.training.train_state' : 'm3ae.model',
    name: kind === 'mae' ? 'TrainState' : 'M3AETrainState',
    fields: {
      step,
      apply_fn: null,
      params: new Map([['params', nested(toReferenceNames(params))]]),
      tx: null,
      opt_state: null,
      ...(kind === 'm3ae' && { tokenizer_params: null }),
    },
  };
  const flags = new Map<string, Pickled>([
    [`${kind}.model_type`, null],
    [`${kind}.emb_dim`, config.embedDim],
    [`${kind}.depth`, config.depth],
    [`${kind}.num_heads`, config.heads],
    [`${kind}.dec_emb_dim`, config.decoderDim],
    [`${kind}.dec_depth`, config.decoderDepth],
    [`${kind}.dec_num_heads`, config.decoderHeads],
    [`${kind}.mlp_ratio`, config.mlpRatio],
    [`${kind}.output_head_depth`, config.outputHeadDepth],
    [`${kind}.use_type_embedding`, config.useTypeEmbedding],
    ['patch_size', config.patchSize],
  ]);
  return writePickle(
    new Map<string, Pickled>([
      ['step', step],
      ['epoch', 0],
      ['variant', flags],
      ['state', state],
    ]),
  );
}

/** Names with slashes to dicts within dicts. */
function nested(arrays: Readonly<Record<string, NdArray>>): ReadonlyMap<string, Pickled> {
  const root = new Map<string, Pickled>();
  for (const [name, array] of Object.entries(arrays)) {
    const parts = name.split('/');
    let dict = root;
    for (const part of parts.slice(0, -1)) {
      if (!dict.has(part)) dict.set(part, new Map());
      dict = dict.get(part) as Map<string, Pickled>;
    }
    dict.set(parts.at(-1)!, array);
  }
  return root;
}

/** An object of a class that the reader has: made without arguments, then given its fields. */
interface PickledObject {
  readonly module: string;
  readonly name: string;
  readonly fields: Readonly<Record<string, Pickled>>;
}

/** What can be written: plain values, lists, dicts with text keys, float32 and int32 arrays, objects. */
type Pickled =
  | null
  | boolean
  | number
  | string
  | NdArray
  | readonly Pickled[]
  | ReadonlyMap<string, Pickled>
  | PickledObject;

/**
 * Writes a pickle of protocol 4, which Python reads since 3.4; arrays are NumPy's, under the names that NumPy 1 and 2 know.
 *
 * @returns The file in pieces; those of arrays are views of the arrays' own memory.
 */
function* writePickle(value: Pickled): Generator<Uint8Array> {
  yield Uint8Array.of(0x80, 4);
  yield* write(value);
  yield letters('.');
}

const letters = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

function* write(value: Pickled): Generator<Uint8Array> {
  if (value === null) yield letters('N');
  else if (typeof value === 'boolean') yield Uint8Array.of(value ? 0x88 : 0x89);
  else if (typeof value === 'number') yield number(value);
  else if (typeof value === 'string') yield* text(value);
  else if (value instanceof Map) yield* dict(value);
  else if (Array.isArray(value)) {
    yield letters('](');
    for (const item of value) yield* write(item);
    yield letters('e');
  } else if (isNdArray(value)) yield* array(value);
  else {
    const { module, name, fields } = value as PickledObject;
    yield* global(module, name);
    yield Uint8Array.of(0x29, 0x81); // cls.__new__(cls)
    yield* dict(new Map(Object.entries(fields)));
    yield letters('b');
  }
}

function* dict(entries: ReadonlyMap<string, Pickled>): Generator<Uint8Array> {
  yield letters('}(');
  for (const [key, item] of entries) {
    yield* text(key);
    yield* write(item);
  }
  yield letters('u');
}

function number(value: number): Uint8Array {
  const isInteger = Number.isInteger(value) && Math.abs(value) < 2 ** 31 && !Object.is(value, -0);
  const bytes = new DataView(new ArrayBuffer(isInteger ? 5 : 9));
  bytes.setUint8(0, (isInteger ? 'J' : 'G').charCodeAt(0));
  if (isInteger) bytes.setInt32(1, value, true);
  else bytes.setFloat64(1, value, false);
  return new Uint8Array(bytes.buffer);
}

function* text(value: string): Generator<Uint8Array> {
  const bytes = new TextEncoder().encode(value);
  yield* sized('X', bytes.length);
  yield bytes;
}

function* global(module: string, name: string): Generator<Uint8Array> {
  yield* text(module);
  yield* text(name);
  yield Uint8Array.of(0x93);
}

/** An instruction and a length of 32 bits. */
function* sized(code: string, length: number): Generator<Uint8Array> {
  const bytes = new DataView(new ArrayBuffer(5));
  bytes.setUint8(0, code.charCodeAt(0));
  bytes.setUint32(1, length, true);
  yield new Uint8Array(bytes.buffer);
}

/** `_reconstruct(ndarray, (0,), b'b')`, then the state (1, shape, dtype, whether in Fortran's order, bytes). */
function* array({ shape, data }: NdArray): Generator<Uint8Array> {
  const code = data instanceof Float32Array ? 'f4' : data instanceof Int32Array ? 'i4' : 'b1';
  if (data.byteLength >= 2 ** 32)
    throw invalidField('an array', 'below 4 GB', data.byteLength, 'Use safetensors.');
  yield* global('numpy.core.multiarray', '_reconstruct');
  yield* global('numpy', 'ndarray');
  yield Uint8Array.of(0x4b, 0, 0x85, 0x43, 1, 0x62, 0x87, 0x52); // 0, (0,), b'b', a tuple of three, the call
  yield letters('(K\x01(');
  for (const length of shape) yield number(length);
  yield letters('t');
  yield* global('numpy', 'dtype');
  yield* text(code);
  yield Uint8Array.of(0x89, 0x88, 0x87, 0x52); // False, True, a tuple of three, the call
  yield letters('(K\x03');
  yield* text(code === 'b1' ? '|' : '<');
  yield letters('NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb'); // the rest of a plain dtype's state
  yield Uint8Array.of(0x89);
  yield* sized('B', data.byteLength);
  yield new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  yield letters('tb');
}
