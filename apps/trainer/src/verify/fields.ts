import { BadCaseError } from './bad-case.js';
import type { CaseTensor, GoldenCase } from './types.js';

type JsonObject = Readonly<Record<string, unknown>>;

/** @throws BadCaseError unless the field is an object. */
export function objectField(parent: JsonObject, name: string): JsonObject {
  const value = parent[name];
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw malformed(name, 'an object', value);
}

/** @throws BadCaseError unless the field is a list. */
export function listField(parent: JsonObject, name: string): readonly unknown[] {
  const value = parent[name];
  if (Array.isArray(value)) return value;
  throw malformed(name, 'a list', value);
}

/** @throws BadCaseError unless the field is a finite number, or absent where a default is given. */
export function numberField(parent: JsonObject, name: string, otherwise?: number): number {
  const value = parent[name] ?? otherwise;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw malformed(name, 'a finite number', value);
}

/** @throws BadCaseError unless the field is true, false, or absent where a default is given. */
export function booleanField(parent: JsonObject, name: string, otherwise?: boolean): boolean {
  const value = parent[name] ?? otherwise;
  if (typeof value === 'boolean') return value;
  throw malformed(name, 'true or false', value);
}

/** @throws BadCaseError naming every key of an object that is not in the list. */
export function refuseOtherKeys(parent: JsonObject, field: string, known: readonly string[]): void {
  const unknown = Object.keys(parent).filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  throw new BadCaseError(
    `${field} must hold known keys; received ${unknown.map((name) => `${field}.${name}`).join(', ')}. ` +
      `Known are ${known.join(', ')}.`,
  );
}

/** @throws BadCaseError if the case has no such tensor, or its rank is another. */
export function requireTensor(golden: GoldenCase, name: string, ...ranks: number[]): CaseTensor {
  const tensor = golden.tensors.get(name);
  if (!tensor) throw new BadCaseError(`tensors.safetensors must hold ${name}; it does not.`);
  if (ranks.length > 0 && !ranks.includes(tensor.shape.length)) {
    throw new BadCaseError(`${name} must have ${ranks.join(' or ')} axes; received shape [${tensor.shape}].`);
  }
  return tensor;
}

/** All tensors below a prefix, by the rest of their name. */
export function tensorsBelow(golden: GoldenCase, prefix: string): Record<string, CaseTensor> {
  return Object.fromEntries(
    [...golden.tensors].flatMap(([name, tensor]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), tensor]] : [],
    ),
  );
}

function malformed(name: string, rule: string, received: unknown): BadCaseError {
  return new BadCaseError(
    `${name} must be ${rule}; received ${JSON.stringify(received)}. See golden/README.md.`,
  );
}
