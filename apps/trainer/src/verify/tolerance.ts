import { objectField, numberField } from './fields.js';
import type { GoldenCase } from './types.js';

/** Reads a tolerance of `case.json`; throws only when it is asked for, since a case lists those that it needs. */
export function toleranceOf(golden: GoldenCase): (name: string) => number {
  const tolerance = objectField(golden.meta, 'tolerance');
  return (name) => numberField(tolerance, name);
}
