import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { decodeSafetensors, type SafetensorsTensor } from '@m3ae/checkpoint';
import { isRecord, messageOf } from '@m3ae/errors';
import { readTensorsFile } from '@m3ae/weights/files';
import { badCase, reading } from './fields.js';

/** A tensor of a case as it lies in the file. */
export interface CaseTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array | Uint32Array | Uint8Array;
}

/** A case folder, read. */
export interface GoldenCase {
  readonly kind: string;
  /** `case.json` */
  readonly meta: Readonly<Record<string, unknown>>;
  readonly tensors: ReadonlyMap<string, CaseTensor>;
}

/**
 * Lists the case folders of what was named: a folder with a `case.json`, or the folders in it that have one.
 *
 * @throws InvalidInput if there is no such folder, or no case in it.
 */
export function findCases(folder: string): string[] {
  const path = resolve(folder);
  const remedy = 'Name a folder with a case.json, or one that holds such folders.';
  if (!existsSync(path) || !statSync(path).isDirectory()) throw badCase(folder, 'a folder', 'none', remedy);
  if (existsSync(join(path, 'case.json'))) return [path];
  const inside = readdirSync(path)
    .sort()
    .map((name) => join(path, name))
    .filter((child) => existsSync(join(child, 'case.json')));
  if (inside.length === 0) throw badCase(folder, 'a folder of golden cases', 'one without', remedy);
  return inside;
}

/** @throws InvalidInput if a file is missing or cannot be read. */
export function readCase(folder: string): GoldenCase {
  const meta = readMeta(folder);
  if (typeof meta.kind !== 'string') throw badCase('kind', 'a string', meta.kind);
  return { kind: meta.kind, meta, tensors: withWeights(folder, readTensors(folder)) };
}

/** Files in which the other implementation itself kept the parameters. */
const weightsFiles = ['model.pkl', 'checkpoint.pth'];

/**
 * Takes the parameters from the other implementation's own file where there is one; tensors.safetensors may repeat them.
 *
 * @throws BadCase if the two differ in a single bit.
 */
function withWeights(folder: string, tensors: Map<string, CaseTensor>): Map<string, CaseTensor> {
  const file = weightsFiles.find((name) => existsSync(join(folder, name)));
  if (file === undefined) return tensors;
  const own = reading(file, () => readTensorsFile(join(folder, file)));
  const named = new Map(Object.entries(own).map(([name, tensor]) => [`params/${name}`, tensor]));
  const others = [...tensors].filter(
    ([name, tensor]) => name.startsWith('params/') && !isSame(tensor, named.get(name)),
  );
  if (others.length > 0) {
    throw badCase(
      file,
      'equal to params/… of tensors.safetensors',
      others.map(([name]) => name),
    );
  }
  return new Map([...tensors, ...named]);
}

function isSame(a: CaseTensor, b: CaseTensor | undefined): boolean {
  const isEqual = (value: number, at: number) => Object.is(value, b!.data[at]);
  return b?.shape.join() === a.shape.join() && a.data.every(isEqual);
}

/** Reads a file of a case, and says what it should be where that fails. */
function readFile<Value>(
  folder: string,
  name: string,
  rule: string,
  read: (content: Buffer) => Value,
): Value {
  const path = join(folder, name);
  try {
    return read(readFileSync(path));
  } catch (error) {
    throw badCase(name, rule, messageOf(error), `Mend ${path}.`);
  }
}

function readMeta(folder: string): GoldenCase['meta'] {
  const meta: unknown = readFile(folder, 'case.json', 'readable JSON', (content) =>
    JSON.parse(content.toString()),
  );
  if (isRecord(meta)) return meta;
  throw badCase('case.json', 'an object', meta);
}

function readTensors(folder: string): Map<string, CaseTensor> {
  const { tensors } = readFile(folder, 'tensors.safetensors', 'a whole safetensors file', decodeSafetensors);
  const read = new Map<string, CaseTensor>();
  for (const [name, { shape, data }] of Object.entries(tensors)) {
    if (!isCaseData(data)) throw badCase(name, 'of float32, int32, uint32 or uint8', data.constructor.name);
    read.set(name, { shape, data });
  }
  return read;
}

function isCaseData(data: SafetensorsTensor['data']): data is CaseTensor['data'] {
  return [Float32Array, Int32Array, Uint32Array, Uint8Array].some((kind) => data instanceof kind);
}
