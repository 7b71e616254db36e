import { keepLength } from '@m3ae/masking';
import { warmupCosine } from '@m3ae/optim';
import { bits, foldIn, key, normal, split, uniform } from '@m3ae/random';
import { positions1d, positions2d } from '@m3ae/transformer';
import { patchesOf } from './case-inputs.js';
import { type Check, type Checker, createChecker } from './checker.js';
import {
  badCase,
  listField,
  numberField,
  numberFields,
  objectField,
  objectsField,
  requireTensor,
  toleranceOf,
} from './fields.js';
import type { CaseTensor, GoldenCase } from './golden-case.js';

/** Checks keep counts, schedules, position codes and patches, as far as the case has them. */
export function verifyPieces(golden: GoldenCase): Check[] {
  const check = createChecker(golden, '');
  const tolerance = toleranceOf(golden);
  if (golden.meta.keepLength !== undefined) checkKeepLengths(golden, check);
  if (golden.meta.schedules !== undefined) checkSchedules(golden, check, tolerance('schedule'));
  for (const name of golden.tensors.keys()) {
    const numbers = (pattern: RegExp) => pattern.exec(name)?.slice(1).map(Number);
    const position = (tokens: number, dim: number, data: Float32Array) =>
      check.tensor(name, () => ({ shape: [tokens, dim], data }), 'absolute', tolerance('position'));
    const line = numbers(/^position1d\/dim(\d+)\/length(\d+)$/);
    const plane = numbers(/^position2d\/dim(\d+)\/tokens(\d+)$/);
    const patches = numbers(/^patchify\/patches\/(\d+)$/);
    if (line) position(line[1]!, line[0]!, positions1d(line[1]!, line[0]!));
    if (plane) {
      const side = Math.round(Math.sqrt(plane[1]!));
      position(plane[1]!, plane[0]!, positions2d(side, side, plane[0]!));
    }
    if (patches) {
      const image = requireTensor(golden, 'patchify/image', 4);
      check.tensor(name, () => patchesOf(image, patches[0]!), 'absolute', tolerance('patchify'));
    }
  }
  check.input('patchify/image');
  return check.finish();
}

function checkKeepLengths(golden: GoldenCase, check: Checker): void {
  for (const entry of listField(golden.meta, 'keepLength')) {
    if (!Array.isArray(entry) || entry.length !== 3 || !entry.every((value) => typeof value === 'number'))
      throw badCase('keepLength', 'a list of [length, ratio, count]', entry);
    const [length, ratio, expected] = entry as [number, number, number];
    check.number(`keepLength(${length}, ${ratio})`, keepLength(length, ratio), expected, 'exact', 0);
  }
}

function checkSchedules(golden: GoldenCase, check: Checker, tolerance: number): void {
  const names = ['init', 'peak', 'end', 'warmupSteps', 'totalSteps'] as const;
  for (const [index, fields] of objectsField(golden.meta, 'schedules').entries()) {
    const schedule = warmupCosine(numberFields(fields, names, { init: 0, end: 0 }));
    const values = objectField(fields, 'values');
    for (const count of Object.keys(values)) {
      const name = `schedules[${index}].values.${count}`;
      check.number(name, schedule(Number(count)), numberField(values, count), 'absolute', tolerance);
    }
  }
}

/** Checks each draw that the tensors name, from the key of the case's seed; every tensor is an expected one. */
export function verifyThreefry(golden: GoldenCase): Check[] {
  const root = key(numberField(golden.meta, 'seed'));
  const tolerance = toleranceOf(golden);
  const check = createChecker(golden, '');
  const words = (keys: readonly (readonly [number, number])[]) => Uint32Array.from(keys.flat());
  for (const [name, { shape, data: expected }] of golden.tensors) {
    const [what, argument = ''] = name.split('/');
    const count = expected.length;
    const exact = (data: Uint32Array) => check.tensor(name, () => ({ shape, data }), 'exact', 0);
    const near = (data: CaseTensor['data'], limit: string) =>
      check.tensor(name, () => ({ shape, data }), 'absolute', tolerance(limit));
    if (name === 'key') exact(Uint32Array.from(root));
    if (what === 'split') exact(words(split(root, whole(name, argument))));
    if (what === 'foldIn') exact(words([foldIn(root, whole(name, argument))]));
    if (what === 'bits') near(bits(root, count), 'bits');
    if (what === 'uniform') near(uniform(root, count), 'uniform');
    if (what === 'normal') near(normal(root, count), 'normal');
  }
  return check.finish();
}

function whole(name: string, argument: string): number {
  if (/^\d+$/.test(argument)) return Number(argument);
  throw badCase(name, 'a name that ends in a whole number', argument, 'Write e.g. split/3.');
}
