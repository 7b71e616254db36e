import { toNdArray } from '@m3ae/checkpoint';
import { invalidField } from '@m3ae/errors';
import type { ByteSource } from '../byte-source.js';
import { childrenOf, isPickled, type PickleStub, type PickleValue } from '../pickle/values.js';
import { arrayIn } from '../pickle/numpy.js';
import { readPickle } from '../pickle/read-pickle.js';
import { tensorOfArray } from '../numpy-tensors.js';
import type { FileTensor, FileTensors } from '../tensors.js';
import type { FileState } from './reference.js';

/** PyTorch's files began with this number before they were zip files. */
const oldTorch = 0x1950a86a20f9469cfc6cn;

/**
 * The training state that the M3AE authors' code pickles, or the parameters alone; NumPy arrays, plain or in flax's
 * frozen dicts.
 *
 * @param withOptimizer - Whether the moments are wanted; they are twice the parameters.
 * @throws InvalidInput if the pickle holds no such parameters.
 */
export function readOfficialPickle(source: ByteSource, withOptimizer: boolean): FileState {
  const { value } = readPickle(source);
  if (value === oldTorch) {
    throw invalidField(
      source.name,
      'a zip file, as PyTorch writes since 1.6',
      'one of the form before',
      'In Python: torch.save(torch.load(OLD, weights_only=True), NEW).',
    );
  }
  const root = dictOf(value);
  const state = root && dictOf(root.get('state'));
  const tree = state?.get('params') ?? root?.get('params') ?? value;
  const tensors = flattenArrays(tree);
  if (tensors.size === 0) {
    const keys = root ? [...root.keys()].filter((key) => typeof key === 'string') : nameOf(value);
    const remedy = 'Pickle a nested dict of arrays.';
    throw invalidField(source.name, 'a pickle of parameters (state.params)', keys, remedy);
  }
  const step = root?.get('step') ?? state?.get('step');
  const adam = withOptimizer ? findStub(state?.get('opt_state'), /\.ScaleByAdamState$/) : undefined;
  const [count, mean, variance] = adam?.args ?? [];
  return {
    tensors,
    flags: dictOf(root?.get('variant')) ?? new Map(),
    ...(typeof step === 'number' && { step }),
    ...(adam && {
      moments: { count: numberOf(count), mean: flattenArrays(mean), variance: flattenArrays(variance) },
    }),
  };
}

/** A dict: bare, an object's fields, or flax's frozen one. */
function dictOf(value: PickleValue | undefined): Map<PickleValue, PickleValue> | undefined {
  if (value instanceof Map) return value;
  if (!isPickled(value, 'stub')) return undefined;
  const [frozen] = value.args;
  if (value.name.endsWith('.FrozenDict')) {
    return frozen instanceof Map
      ? frozen
      : value.state instanceof Map
        ? dictOf(value.state.get('_dict'))
        : undefined;
  }
  return value.state instanceof Map ? value.state : undefined;
}

/** More places than any tree of parameters has: one dict may stand in many, and those in many again. */
const mostPlaces = 200_000;

/**
 * The arrays of nested dicts, their names joined by slashes, without the root `params`.
 *
 * @throws InvalidInput if there are more places than a model has.
 */
function flattenArrays(tree: PickleValue | undefined): FileTensors {
  const found = new Map<string, FileTensor>();
  const pending: [name: string, value: PickleValue | undefined, depth: number][] = [['', tree, 0]];
  let places = 0;
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const [name, value, depth] = next;
    const array = arrayIn(value, name);
    const read = array && (() => toNdArray(tensorOfArray(array, name), name));
    if (array && read) found.set(name.replace(/^params\//, ''), { shape: array.shape, read });
    const dict = array || depth > 16 ? undefined : dictOf(value);
    places += dict?.size ?? 0;
    if (places > mostPlaces) {
      const remedy = 'It is no checkpoint, or made to do harm.';
      throw invalidField('parameters', `at most ${mostPlaces} arrays and dicts`, 'more', remedy);
    }
    for (const [key, child] of [...(dict ?? [])].reverse()) {
      if (typeof key === 'string') pending.push([name === '' ? key : `${name}/${key}`, child, depth + 1]);
    }
  }
  return found;
}

/** The first object of a class in nested tuples, lists and dicts, by depth. */
function findStub(root: PickleValue | undefined, name: RegExp): PickleStub | undefined {
  const met = new Set<PickleValue>(); // a Set is walked in the order in which it grows
  if (root !== undefined) met.add(root);
  for (const value of met) {
    if (isPickled(value, 'stub') && name.test(value.name)) return value;
    for (const child of childrenOf(value)) met.add(child);
  }
  return undefined;
}

function numberOf(value: PickleValue | undefined): number {
  if (typeof value === 'number') return value;
  const array = arrayIn(value, 'count');
  return array ? Number(tensorOfArray(array, 'count').data[0] ?? 0) : 0;
}

function nameOf(value: PickleValue): string {
  return isPickled(value, 'stub') || isPickled(value, 'global') ? value.name : typeof value;
}
