import { keepLength } from '@m3ae/masking';
import { warmupCosine } from '@m3ae/optim';
import { positions1d, positions2d } from '@m3ae/transformer';
import { BadCaseError } from '../bad-case.js';
import { createChecker } from '../checker.js';
import { listField, numberField, objectField, requireTensor } from '../fields.js';
import { toleranceOf } from '../tolerance.js';
import type { Check, Checker, GoldenCase } from '../types.js';
import { patchesOf } from './case-inputs.js';

type JsonObject = Readonly<Record<string, unknown>>;

/** Checks keep counts, schedules, position codes and patches, as far as the case has them. */
export function verifyPieces(golden: GoldenCase): Check[] {
  const check = createChecker(golden, '');
  const tolerance = toleranceOf(golden);
  if (golden.meta.keepLength !== undefined) checkKeepLengths(golden, check);
  if (golden.meta.schedules !== undefined) checkSchedules(golden, check, tolerance('schedule'));
  for (const name of golden.tensors.keys()) {
    const line = /^position1d\/dim(\d+)\/length(\d+)$/.exec(name);
    const plane = /^position2d\/dim(\d+)\/tokens(\d+)$/.exec(name);
    const patches = /^patchify\/patches\/(\d+)$/.exec(name);
    if (line) checkPosition1d(name, Number(line[2]), Number(line[1]), check, tolerance('position'));
    if (plane) checkPosition2d(name, Number(plane[2]), Number(plane[1]), check, tolerance('position'));
    if (patches) {
      const image = requireTensor(golden, 'patchify/image', 4);
      check.tensor(name, () => patchesOf(image, Number(patches[1])), 'absolute', tolerance('patchify'));
    }
  }
  check.input('patchify/image');
  return check.finish();
}

function checkPosition1d(name: string, length: number, dim: number, check: Checker, tolerance: number): void {
  check.tensor(name, () => ({ shape: [length, dim], data: positions1d(length, dim) }), 'absolute', tolerance);
}

function checkPosition2d(name: string, tokens: number, dim: number, check: Checker, tolerance: number): void {
  const side = Math.round(Math.sqrt(tokens));
  check.tensor(
    name,
    () => ({ shape: [tokens, dim], data: positions2d(side, side, dim) }),
    'absolute',
    tolerance,
  );
}

function checkKeepLengths(golden: GoldenCase, check: Checker): void {
  for (const entry of listField(golden.meta, 'keepLength')) {
    if (!Array.isArray(entry) || entry.length !== 3 || !entry.every((value) => typeof value === 'number')) {
      throw new BadCaseError(
        `keepLength must hold [length, ratio, count]; received ${JSON.stringify(entry)}. See golden/README.md.`,
      );
    }
    const [length, ratio, expected] = entry as [number, number, number];
    check.number(`keepLength(${length}, ${ratio})`, keepLength(length, ratio), expected, 'exact', 0);
  }
}

function checkSchedules(golden: GoldenCase, check: Checker, tolerance: number): void {
  for (const [index, entry] of listField(golden.meta, 'schedules').entries()) {
    const fields = entry as JsonObject;
    const schedule = warmupCosine({
      init: numberField(fields, 'init', 0),
      peak: numberField(fields, 'peak'),
      end: numberField(fields, 'end', 0),
      warmupSteps: numberField(fields, 'warmupSteps'),
      totalSteps: numberField(fields, 'totalSteps'),
    });
    for (const [count, expected] of Object.entries(objectField(fields, 'values'))) {
      const name = `schedules[${index}].values.${count}`;
      check.number(name, schedule(Number(count)), expected as number, 'absolute', tolerance);
    }
  }
}
