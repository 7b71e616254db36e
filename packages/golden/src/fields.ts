import { faultOf, InvalidInput, isInvalidInput, isRecord, unknownKeys } from '@m3ae/errors';
import { warmupCosine } from '@m3ae/optim';
import type { CaseTensor, GoldenCase } from './golden-case.js';

export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * A case that cannot be read as one. Its own class tells it from bad input that a package refuses while a case runs: that would
 * be a miss, since the same case ran elsewhere.
 */
export class BadCase extends InvalidInput {}

/** The error about one part of a case. */
export function badCase(
  path: string,
  rule: string,
  received: unknown,
  remedy = 'The README of @m3ae/golden lists what a case holds.',
): BadCase {
  return new BadCase([faultOf(path, rule, received, remedy)]);
}

/** Runs what a package may refuse, and says which part of the case that was. */
export function reading<Value>(path: string, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    if (!isInvalidInput(error)) throw error;
    throw new BadCase(error.faults.map((fault) => ({ ...fault, path: `${path}: ${fault.path}` })));
  }
}

/** @throws BadCase unless the field is an object. */
export function objectField(parent: JsonObject, name: string): JsonObject {
  const value = parent[name];
  if (isRecord(value)) return value;
  throw badCase(name, 'an object', value);
}

/** @throws BadCase unless the field is a list. */
export function listField(parent: JsonObject, name: string): readonly unknown[] {
  const value = parent[name];
  if (Array.isArray(value)) return value;
  throw badCase(name, 'a list', value);
}

/** @throws BadCase unless the field is a list of objects. */
export function objectsField(parent: JsonObject, name: string): JsonObject[] {
  return listField(parent, name).map((item, index) =>
    objectField({ [`${name}[${index}]`]: item }, `${name}[${index}]`),
  );
}

/** @throws BadCase unless the field is a finite number, or absent where a default is given. */
export function numberField(parent: JsonObject, name: string, otherwise?: number): number {
  const value = parent[name] ?? otherwise;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw badCase(name, 'a finite number', value);
}

/** Several of them, by name; those without a default must be there. */
export function numberFields<Name extends string>(
  parent: JsonObject,
  names: readonly Name[],
  defaults: Partial<Record<Name, number>> = {},
): Record<Name, number> {
  const entries = names.map((name) => [name, numberField(parent, name, defaults[name])]);
  return Object.fromEntries(entries) as Record<Name, number>; // fromEntries forgets the names
}

/** @throws BadCase unless the field is true, false, or absent where a default is given. */
export function booleanField(parent: JsonObject, name: string, otherwise?: boolean): boolean {
  const value = parent[name] ?? otherwise;
  if (typeof value === 'boolean') return value;
  throw badCase(name, 'true or false', value);
}

/** @throws BadCase naming every key of an object that is not in the list. */
export function refuseOtherKeys(parent: JsonObject, field: string, known: readonly string[]): void {
  const faults = unknownKeys(field, parent, known);
  if (faults.length > 0) throw new BadCase(faults);
}

/** Reads a tolerance of `case.json`; throws only when it is asked for, since a case lists those that it needs. */
export function toleranceOf(golden: GoldenCase): (name: string) => number {
  const tolerance = objectField(golden.meta, 'tolerance');
  return (name) => numberField(tolerance, name);
}

/** @throws BadCase if the case has no such tensor, or its rank is another. */
export function requireTensor(golden: GoldenCase, name: string, ...ranks: number[]): CaseTensor {
  const tensor = golden.tensors.get(name);
  if (!tensor) throw badCase(name, 'in tensors.safetensors', 'nothing');
  if (ranks.length === 0 || ranks.includes(tensor.shape.length)) return tensor;
  throw badCase(name, `of ${ranks.join(' or ')} axes`, `shape [${tensor.shape}]`);
}

/** The sizes of a model that every case names. */
export const sizeKeys = [
  'embedDim',
  'depth',
  'heads',
  'decoderDim',
  'decoderDepth',
  'decoderHeads',
  'mlpRatio',
] as const;

/** What a case says of the learning rate. */
export const rateKeys = [
  'peakLearningRate',
  'initLearningRate',
  'endLearningRate',
  'warmupSteps',
  'totalSteps',
] as const;

/** The learning rate at each count of updates, with its peak. */
export function readSchedule(optimizer: JsonObject) {
  const defaults = { initLearningRate: 0, endLearningRate: 0, warmupSteps: 0 };
  const rates = numberFields(optimizer, rateKeys, defaults);
  const { peakLearningRate: peak, initLearningRate: init, endLearningRate: end, ...steps } = rates;
  const schedule = reading('optimizer', () => warmupCosine({ peak, init, end, ...steps }));
  return { schedule, peakLearningRate: peak };
}
