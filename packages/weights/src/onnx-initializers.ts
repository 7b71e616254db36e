import { elementsOfBytes, type SafetensorsDtype, toNdArray } from '@m3ae/checkpoint';
import { invalidField } from '@m3ae/errors';
import { sizeOfShape } from '@m3ae/tree';
import { type ByteSource, sourceOf, utf8Text } from './byte-source.js';
import { bytesPerElement, type FileTensor, type FileTensors } from './tensors.js';

/** A field of a message: its number, and its value, a varint's as a number. */
type Field = readonly [number: number, value: Uint8Array | number];

/** Numbers of ONNX's types that safetensors has too. */
const dtypes: Readonly<Record<number, SafetensorsDtype>> = {
  1: 'F32',
  6: 'I32',
  7: 'I64',
  10: 'F16',
  11: 'F64',
  16: 'BF16',
};

/**
 * The tensors that an ONNX file holds as initializers, such as a tokenizer's code book, by their names. Those that lie in a file beside
 * it are left out.
 *
 * @throws InvalidInput if the file is damaged.
 *
 * @see ONNX, onnx.proto: ModelProto, GraphProto and TensorProto
 */
export function readOnnxInitializers(input: ByteSource | Uint8Array): FileTensors {
  const source = sourceOf(input);
  const found = new Map<string, FileTensor>();
  const model = fieldsOf(source.read(0, source.length), source.name);
  for (const graph of messagesOf(model, 7)) {
    for (const tensor of messagesOf(fieldsOf(graph, source.name), 5)) {
      const [name, value] = tensorOf([...fieldsOf(tensor, source.name)], source.name) ?? [];
      if (name !== undefined && value !== undefined) found.set(name, value);
    }
  }
  return found;
}

function tensorOf(fields: readonly Field[], file: string): readonly [string, FileTensor] | undefined {
  const messages = (number: number) => [...messagesOf(fields, number)];
  const [name, raw] = [messages(8)[0], messages(9)[0] ?? messages(4)[0]]; // packed floats are bytes as raw ones
  const dtype = dtypes[Number(fields.find(([number]) => number === 2)?.[1])];
  if (name === undefined || raw === undefined || dtype === undefined) return undefined;
  const shape = fields.flatMap(([number, value]) =>
    number !== 1 ? [] : typeof value === 'number' ? [value] : varintsOf(value, file),
  );
  const width = bytesPerElement(dtype);
  const text = utf8Text(name);
  if (raw.length !== width * sizeOfShape(shape)) throw damaged(`${file}: ${text}`);
  return [
    text,
    { shape, read: () => toNdArray({ dtype, shape, data: elementsOfBytes(dtype, raw.slice()) }, text) },
  ];
}

function* messagesOf(fields: Iterable<Field>, wanted: number): Generator<Uint8Array> {
  for (const [number, value] of fields) if (number === wanted && typeof value !== 'number') yield value;
}

/** The fields of a message in Protocol Buffers' wire format. */
function* fieldsOf(bytes: Uint8Array, file: string): Generator<Field> {
  let at = 0;
  const varint = (): number => {
    const [value, next] = varintAt(bytes, at, file);
    at = next;
    return value;
  };
  while (at < bytes.length) {
    const tag = varint();
    const [number, kind] = [Math.floor(tag / 8), tag % 8];
    if (kind === 0) {
      yield [number, varint()];
      continue;
    }
    const length = kind === 2 ? varint() : kind === 1 ? 8 : kind === 5 ? 4 : NaN;
    if (!(at + length <= bytes.length)) throw damaged(file);
    yield [number, bytes.subarray(at, at + length)];
    at += length;
  }
}

function varintAt(bytes: Uint8Array, begin: number, file: string): [value: number, next: number] {
  let [value, scale] = [0, 1];
  for (let at = begin; at < Math.min(bytes.length, begin + 10); at++, scale *= 128) {
    value += (bytes[at]! & 0x7f) * scale;
    if (bytes[at]! < 0x80) return [value, at + 1];
  }
  throw damaged(file);
}

function varintsOf(bytes: Uint8Array, file: string): number[] {
  const values: number[] = [];
  for (let at = 0; at < bytes.length;) {
    const [value, next] = varintAt(bytes, at, file);
    values.push(value);
    at = next;
  }
  return values;
}

const damaged = (name: string) =>
  invalidField(name, 'a whole ONNX file', 'a damaged one, or another kind', 'Export it again.');
