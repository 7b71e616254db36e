import { limitLines } from '@m3ae/errors';

/** Builds the one-sentence error every package throws for a bad argument. */
export function invalidField(field: string, rule: string, received: unknown, remedy: string): RangeError {
  return new RangeError(`${field} must be ${rule}; received ${describe(received)}. ${remedy}`);
}

/** An error about the data itself (files, packages), as opposed to an argument. */
export function datasetError(message: string, cause?: unknown): Error {
  const error = new Error(message, cause === undefined ? undefined : { cause });
  error.name = 'DatasetError';
  return error;
}

/** An error that may list several faults, each a sentence that stands alone. */
export interface DatasetError extends Error {
  readonly name: 'DatasetError';
  readonly faults?: readonly string[];
}

/** An error about several faults of one thing: `head` says of what, e.g. `The folder photos cannot be used`. */
export function datasetFaults(head: string, faults: readonly string[]): Error {
  const error = datasetError(`${head}:\n- ${limitLines(faults).join('\n- ')}`);
  return Object.assign(error, { faults: faults.map((fault) => `${head}: ${fault}`) });
}

/** Joins at most `limit` items into one line and counts the rest, so that a thousand faults stay readable. */
export function listSome(items: readonly string[], limit = 20): string {
  const shown = items.slice(0, limit).join(', ');
  return items.length > limit ? `${shown} and ${items.length - limit} more` : shown;
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function describe(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(describe).join(', ')}]`;
  if (typeof value === 'object' && value !== null) return JSON.stringify(value);
  return String(value);
}
