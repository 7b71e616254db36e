import { type Elements, elementsOfBytes, type SafetensorsDtype, toNdArray } from '@m3ae/checkpoint';
import { invalidField } from '@m3ae/errors';
import { sizeOfShape } from '@m3ae/tree';
import type { ByteSource } from './byte-source.js';
import { readPickle } from './pickle/read-pickle.js';
import { isPickled, type PickleStub, type PickleValue, stubOf } from './pickle/values.js';
import { gatherStrided } from './numpy-tensors.js';
import { bytesPerElement, type FileTensor, type FileTensors, mostBytes } from './tensors.js';
import { readZip } from './zip.js';

/** PyTorch's classes of storages. */
const storages: Readonly<Record<string, SafetensorsDtype>> = {
  'torch.FloatStorage': 'F32',
  'torch.DoubleStorage': 'F64',
  'torch.HalfStorage': 'F16',
  'torch.BFloat16Storage': 'BF16',
  'torch.LongStorage': 'I64',
  'torch.IntStorage': 'I32',
  'torch.ShortStorage': 'I16',
  'torch.CharStorage': 'I8',
  'torch.ByteStorage': 'U8',
  'torch.BoolStorage': 'BOOL',
};

const damaged = 'The file is damaged, or made by hand: fetch it again.';

/**
 * Tensors of a file that `torch.save` wrote, a state dict: bare, or under `model` or `state_dict`, with or without the
 * prefix `module.` of data-parallel training.
 *
 * @throws InvalidInput if it is no such file, or a tensor lies outside of its storage.
 *
 * @see PyTorch, torch/serialization.py and torch/_utils.py
 */
export function readTorch(source: ByteSource): FileTensors {
  const entries = readZip(source);
  const index = [...entries.keys()].find((name) => name === 'data.pkl' || name.endsWith('/data.pkl'));
  if (index === undefined) {
    const remedy = 'Unpack it and name the file of weights.';
    throw invalidField(source.name, 'a zip file that torch.save wrote', 'another one', remedy);
  }
  const folder = index.slice(0, -'data.pkl'.length);
  const order = entries.get(`${folder}byteorder`);
  if (order !== undefined && order.length === 3) {
    const remedy = 'Save it on another one.';
    throw invalidField(source.name, 'little-endian', 'a file of a big-endian machine', remedy);
  }
  const { value } = readPickle(entries.get(index)!, { outside: (id) => stubOf('storage', [id]) });
  const found = new Map<string, FileTensor>();
  for (const [name, item] of stateDict(value, source.name)) {
    const stub = tensorStub(item);
    if (typeof name !== 'string' || stub === undefined) continue;
    const tensor = tensorOf(stub, name, (key) => entries.get(`${folder}data/${key}`));
    if (4 * sizeOfShape(tensor.shape) > mostBytes(source.length)) {
      throw invalidField(name, 'of a size that fits the file', `[${tensor.shape}]`, damaged);
    }
    found.set(name, tensor);
  }
  const parallel = found.size > 0 && [...found.keys()].every((name) => name.startsWith('module.'));
  return parallel ? new Map([...found].map(([name, tensor]) => [name.slice(7), tensor])) : found;
}

/** The dict that holds tensors: the value itself, or what stands in it under one of the usual names. */
function stateDict(value: PickleValue, name: string): Map<PickleValue, PickleValue> {
  if (isPickled(value, 'stub')) {
    const remedy = 'Save its state_dict() instead.';
    throw invalidField(name, 'a dict of tensors', `an object of ${value.name}`, remedy);
  }
  for (const key of ['', 'model', 'state_dict', 'module', 'model_state_dict']) {
    const dict = key === '' ? value : value instanceof Map ? value.get(key) : undefined;
    if (dict instanceof Map && [...dict.values()].some((item) => tensorStub(item) !== undefined)) return dict;
  }
  const keys = value instanceof Map ? [...value.keys()].filter((key) => typeof key === 'string') : 'no dict';
  const remedy = 'Save its state_dict().';
  throw invalidField(name, 'a dict of tensors, bare or under model or state_dict', keys, remedy);
}

/** What rebuilds a tensor, also where it stands within a parameter. */
function tensorStub(value: PickleValue): PickleStub | undefined {
  if (!isPickled(value, 'stub')) return undefined;
  if (/^torch\._utils\._rebuild_tensor(_v2)?$/.test(value.name)) return value;
  const isParameter = /^torch\._utils\._rebuild_parameter(_with_state)?$/.test(value.name);
  const [inner] = value.args;
  return isParameter && isPickled(inner, 'stub') && /_rebuild_tensor/.test(inner.name) ? inner : undefined;
}

function tensorOf(
  { args }: PickleStub,
  name: string,
  storageOf: (key: string) => ByteSource | undefined,
): FileTensor {
  const [storage, offset, shape, strides] = args;
  const id = isPickled(storage, 'stub') && storage.name === 'storage' ? storage.args[0] : undefined;
  const [, type, key] = Array.isArray(id) ? id : [];
  const dtype =
    isPickled(type, 'global') && Object.hasOwn(storages, type.name) ? storages[type.name] : undefined;
  if (dtype === undefined || typeof key !== 'string') {
    const received = isPickled(type, 'global') ? type.name : 'something else';
    const remedy = 'Save it as float32.';
    throw invalidField(name, `of a storage ${Object.keys(storages).join(', ')}`, received, remedy);
  }
  if (
    !isCounts(shape) ||
    !isCounts(strides) ||
    !isCounts([offset ?? null]) ||
    shape.length !== strides.length
  ) {
    throw invalidField(name, 'a tensor with offset, shape and strides', 'something else', damaged);
  }
  const content = storageOf(key);
  const width = bytesPerElement(dtype);
  const last = shape.reduce((place, length, axis) => place + (length - 1) * strides[axis]!, offset as number);
  const held = (content?.length ?? 0) / width;
  if (content === undefined || !Number.isInteger(held) || (sizeOfShape(shape) > 0 && last >= held)) {
    throw invalidField(name, `within its storage of ${held} elements`, `place ${last}`, damaged);
  }
  const elements = (): Elements => elementsOfBytes(dtype, content.read(0, content.length));
  return {
    shape,
    read: () =>
      toNdArray({ dtype, shape, data: gatherStrided(elements(), shape, strides, offset as number) }, name),
  };
}

function isCounts(value: PickleValue | undefined): value is number[] {
  return (
    Array.isArray(value) &&
    value.length <= 32 &&
    value.every((n) => Number.isSafeInteger(n) && (n as number) >= 0)
  );
}
