import { bits, foldIn, key, normal, split, uniform } from '@m3ae/random';
import { createChecker } from '../checker.js';
import { numberField } from '../fields.js';
import { BadCaseError } from '../bad-case.js';
import { toleranceOf } from '../tolerance.js';
import type { CaseTensor, Check, GoldenCase } from '../types.js';

/** Checks each draw that the tensors name, from the key of the case's seed; every tensor is an expected one. */
export function verifyThreefry(golden: GoldenCase): Check[] {
  const root = key(numberField(golden.meta, 'seed'));
  const tolerance = toleranceOf(golden);
  const check = createChecker(golden, '');
  for (const [name, { shape }] of golden.tensors) {
    const [what, argument = ''] = name.split('/');
    const count = shape.reduce((product, length) => product * length, 1);
    const draw = (data: CaseTensor['data']) => () => ({ shape, data });
    if (name === 'key') check.tensor(name, draw(Uint32Array.from(root)), 'exact', 0);
    if (what === 'split') check.tensor(name, draw(words(split(root, whole(name, argument)))), 'exact', 0);
    if (what === 'foldIn') check.tensor(name, draw(words([foldIn(root, whole(name, argument))])), 'exact', 0);
    if (what === 'bits') check.tensor(name, draw(bits(root, count)), 'absolute', tolerance('bits'));
    if (what === 'uniform') check.tensor(name, draw(uniform(root, count)), 'absolute', tolerance('uniform'));
    if (what === 'normal') check.tensor(name, draw(normal(root, count)), 'absolute', tolerance('normal'));
  }
  return check.finish();
}

function words(keys: readonly (readonly [number, number])[]): Uint32Array {
  return Uint32Array.from(keys.flat());
}

function whole(name: string, argument: string): number {
  if (/^\d+$/.test(argument)) return Number(argument);
  throw new BadCaseError(`${name} must end in a whole number; received "${argument}". Write e.g. split/3.`);
}
