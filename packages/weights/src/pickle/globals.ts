import { invalidField } from '@m3ae/errors';
import { arrayOfBuffer, bytesOf, dtypeOf, emptyArray, setArray, setDtype } from './numpy.js';
import { isLatin1 } from '../byte-source.js';
import { elementsOf } from '../numpy-tensors.js';
import { isPickled, type PickleValue, stubOf } from './values.js';

/** What a call makes of its arguments. */
type Maker = (args: readonly PickleValue[], where: string) => PickleValue;

/** Values that are built; every other call becomes a stub. */
const makers: Readonly<Record<string, Maker>> = {
  'numpy.dtype': dtypeOf,
  'numpy.core.multiarray._reconstruct': emptyArray,
  'numpy._core.multiarray._reconstruct': emptyArray,
  'numpy.core.numeric._frombuffer': arrayOfBuffer,
  'numpy._core.numeric._frombuffer': arrayOfBuffer,
  'numpy.core.multiarray.scalar': numberOfScalar,
  'numpy._core.multiarray.scalar': numberOfScalar,
  '_codecs.encode': ([text, coding], where) => {
    const isBytes =
      typeof text === 'string' && isLatin1(text) && (coding === 'latin1' || coding === 'latin-1');
    return isBytes ? bytesOf(text, where) : stubOf('_codecs.encode()', [text ?? null, coding ?? null]);
  },
  'collections.OrderedDict': ([pairs]) => new Map(pairsOf(pairs)),
  'builtins.set': ([items]) => new Set(listOf(items)),
  'builtins.frozenset': ([items]) => new Set(listOf(items)),
  'builtins.bytearray': ([content], where) => bytesOf(content ?? '', where),
  'builtins.bytes': ([content], where) => bytesOf(content ?? '', where),
};

/** Python 2 named some modules otherwise. */
const renamed: Readonly<Record<string, string>> = { __builtin__: 'builtins', copy_reg: 'copyreg' };

/** The name of a global, as Python 3 has it. */
export function globalName(module: string, name: string): string {
  return `${renamed[module] ?? module}.${name}`;
}

/** What a call would have made: a value of the table, or a stub. Nothing is called. */
export function madeBy(callee: PickleValue, args: readonly PickleValue[], where: string): PickleValue {
  if (!isPickled(callee, 'global')) {
    return stubOf(isPickled(callee, 'stub') ? `${callee.name}()` : '?()', args);
  }
  const { name } = callee;
  if (Object.hasOwn(makers, name)) return makers[name]!(args, where);
  const [instanceOf] = args;
  const isPlain = name === 'copyreg._reconstructor' && isPickled(instanceOf, 'global');
  return isPlain ? stubOf(instanceOf.name, args.slice(1)) : stubOf(name, args);
}

/** What setting the state of a value changes; that of a container is of no use here. */
export function setState(target: PickleValue, state: PickleValue, where: string): void {
  if (isPickled(target, 'array')) setArray(target, state, where);
  else if (isPickled(target, 'dtype')) setDtype(target, state);
  else if (isPickled(target, 'stub')) target.state = state;
}

/** Items that a list, set or stub receives. */
export function addItems(target: PickleValue, items: readonly PickleValue[], where: string): void {
  if (Array.isArray(target)) for (const item of items) target.push(item);
  else if (target instanceof Set) for (const item of items) target.add(item);
  else if (isPickled(target, 'stub')) for (const item of items) target.items.push(item);
  else throw notFit(where, 'a list');
}

/** Keys and values, in turn, that a dict or stub receives. */
export function setEntries(target: PickleValue, items: readonly PickleValue[], where: string): void {
  const entries = target instanceof Map ? target : isPickled(target, 'stub') ? target.entries : undefined;
  if (entries === undefined || items.length % 2 !== 0) throw notFit(where, 'a dict, and pairs');
  for (let at = 0; at < items.length; at += 2) entries.set(items[at]!, items[at + 1]!);
}

function notFit(where: string, rule: string) {
  return invalidField(where, rule, 'something else', 'The file is damaged: fetch it again.');
}

const listOf = (value: PickleValue | undefined) => (Array.isArray(value) ? value : []);

function pairsOf(value: PickleValue | undefined): [PickleValue, PickleValue][] {
  return listOf(value).flatMap((pair) =>
    Array.isArray(pair) && pair.length === 2 ? [[pair[0]!, pair[1]!]] : [],
  );
}

/** `scalar(dtype, bytes)`, a NumPy number: a plain one. One of a type that is not read here becomes null. */
function numberOfScalar([dtype, content]: readonly PickleValue[], where: string): PickleValue {
  if (!isPickled(dtype, 'dtype')) {
    throw invalidField(where, 'an element type', typeof dtype, 'The file is damaged: fetch it again.');
  }
  if (Array.isArray(content)) return null;
  const value = elementsOf(arrayOfBuffer([content ?? null, dtype, [], 'C'], where))?.[0];
  return typeof value === 'bigint' && Number.isSafeInteger(Number(value)) ? Number(value) : (value ?? null);
}
