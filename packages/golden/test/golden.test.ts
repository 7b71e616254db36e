import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decodeSafetensors, encodeSafetensors } from '@m3ae/checkpoint';
import { afterAll, describe, expect, test } from 'vitest';
import { measureError } from '../src/checker.js';
import {
  caseLines,
  type CaseReport,
  exitCodeOf,
  summaryLine,
  verifyCase,
  verifyCases,
  type VerifyOptions,
} from '../src/index.js';

const cases = fileURLToPath(new URL('./fixtures/', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'm3ae-golden-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

type Engine = NonNullable<VerifyOptions['engine']>;

interface Outcome {
  readonly code: number;
  readonly reports: readonly CaseReport[];
}

async function reportsOf(folders: readonly string[], options: VerifyOptions): Promise<CaseReport[]> {
  const reports: CaseReport[] = [];
  for await (const report of verifyCases(folders, options)) reports.push(report);
  return reports;
}

async function verify(folder: string, engine: Engine = 'compiled'): Promise<Outcome> {
  const reports = await reportsOf([folder], { engine });
  return { code: exitCodeOf(reports), reports };
}

/** Copies a case and changes it. */
function changed(
  name: string,
  change: {
    readonly meta?: (meta: Record<string, unknown>) => unknown;
    readonly tensors?: (tensors: Record<string, { shape: number[]; data: Float32Array }>) => void;
  },
): string {
  const folder = mkdtempSync(join(scratch, 'case-'));
  cpSync(join(cases, name), folder, { recursive: true });
  const json = join(folder, 'case.json');
  if (change.meta) {
    const meta = JSON.parse(readFileSync(json, 'utf8')) as Record<string, unknown>;
    writeFileSync(json, JSON.stringify(change.meta(meta) ?? meta));
  }
  if (change.tensors) {
    const path = join(folder, 'tensors.safetensors');
    const { tensors } = decodeSafetensors(readFileSync(path));
    const copies = structuredClone(tensors) as never;
    change.tensors(copies);
    writeFileSync(path, encodeSafetensors(copies));
  }
  return folder;
}

const failures = ({ reports }: Outcome) =>
  reports.flatMap(({ checks }) => checks.filter(({ pass }) => !pass));

describe('cases of other implementations pass', () => {
  const all = [
    ['m3ae-paired', 148],
    ['facebook-mae-normalised-pixels', 54],
    ['threefry', 10],
    ['paired-sample-masks', 141],
    ['image-all-one-channel', 207],
    ['unpaired-sample-masks', 140],
    ['nothing-visible', 134],
    ['mae-deep-head', 140],
    ['pieces-others', 32],
    ['few-tensors', 74],
    ['linear-probe-cls', 29],
    ['linear-probe-decay', 33],
    ['linear-probe-moco', 25],
  ] as const;
  test.each(all)('%s, compiled', async (name, checks) => {
    const outcome = await verify(join(cases, name));
    expect(failures(outcome)).toEqual([]);
    expect(outcome.reports[0]!.checks).toHaveLength(checks);
    expect(outcome.code).toBe(0);
  });
  test.each([
    ['unpaired-sample-masks', 'eager:cpu'],
    ['unpaired-sample-masks', 'eager:wasm'],
    ['linear-probe-decay', 'eager:cpu'],
    ['linear-probe-decay', 'eager:wasm'],
    ['linear-probe-moco', 'eager:wasm'],
  ] as const)('%s, %s', async (name, engine) => {
    const outcome = await verify(join(cases, name), engine);
    expect(failures(outcome)).toEqual([]);
    expect(outcome.code).toBe(0);
  });
});

test('a case may do without steps, optimiser and the tolerances of what it does not expect', async () => {
  const folder = changed('few-tensors', {
    meta: ({ kind, model, loss }) => ({ kind, model, loss, tolerance: { output: 2e-5 } }),
    tensors: (tensors) => {
      for (const name of Object.keys(tensors)) {
        if (/^expected\/(afterSteps|text)|^noise\/.*\/1$/.test(name)) delete tensors[name];
      }
    },
  });
  const outcome = await verify(folder);
  expect(failures(outcome)).toEqual([]);
  expect(outcome.reports[0]!.checks.map(({ name }) => name)).toContain('imageOutput');
  expect(outcome.code).toBe(0);
});

describe('a wrong number is found, and only that', () => {
  type Tensors = Record<string, { shape: number[]; data: Float32Array }>;
  /** Adds to the last element of each tensor. */
  const bumped = (changes: Record<string, number>) => (tensors: Tensors) => {
    for (const [name, by] of Object.entries(changes)) {
      const { data } = tensors[name]!;
      data[data.length - 1] = data.at(-1)! + by;
    }
  };

  test('tensors of a case with steps', async () => {
    const tensors = {
      'input/patches': 1e-3,
      'expected/representation': 1e-3,
      'expected/lastAttention': 1e-3,
      'expected/imageMask': -1,
      'expected/imageOutput': NaN,
      'expected/gradient/cls_token': 1e-3,
      'expected/afterSteps/encoder/LayerNorm_0/bias': 1e-3,
    };
    const outcome = await verify(changed('mae-deep-head', { tensors: bumped(tensors) }));
    const names = Object.keys(tensors).map((name) => name.replace('expected/', ''));
    expect(
      failures(outcome)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(names.sort());
    expect(outcome.code).toBe(1);
  });

  test('fields of the steps; a tensor and a field without a check; another shape', async () => {
    const folder = changed('few-tensors', {
      meta: ({ steps }) => {
        const fields = (steps as Record<string, number>[])[1]!;
        fields.step! += 1;
        fields.learningRate! *= 1 + 1e-4;
        fields.gradientNorm! *= 1 + 1e-3;
        fields.textLoss! += 1e-4;
        fields.surprise = 1;
      },
      tensors: (tensors) => {
        tensors['expected/surprise'] = { ...tensors['input/paddingMask']! };
        tensors['expected/imageOutput'] = { ...tensors['expected/imageMask']! };
      },
    });
    const outcome = await verify(folder);
    const found = failures(outcome);
    expect(found.map(({ name }) => name)).toEqual([
      'imageOutput',
      'steps[1].step',
      'steps[1].learningRate',
      'steps[1].gradientNorm',
      'steps[1].textLoss',
      'steps[1].surprise',
      'surprise',
    ]);
    expect(found[0]!.reason).toBe('shape must be [2,4]; received [2,4,48]');
    expect(found.at(-1)!.reason).toBe('no check for expected/surprise');
    expect(outcome.code).toBe(1);
  });

  test.each([
    ['threefry', { 'uniform/9': 1e-7, 'bits/9': 1, 'split/3': 1, 'foldIn/7': 1, 'normal/9': 1e-4, key: 1 }],
    [
      'pieces-others',
      { 'position1d/dim6/length3': 1e-5, 'position2d/dim12/tokens4': 1e-5, 'patchify/patches/3': 1e-6 },
    ],
  ])('%s', async (name, tensors) => {
    const outcome = await verify(changed(name, { tensors: bumped(tensors as Record<string, number>) }));
    expect(
      failures(outcome)
        .map((check) => check.name)
        .sort(),
    ).toEqual(Object.keys(tensors).sort());
    expect(outcome.code).toBe(1);
  });

  test('tensors and fields of a linear probe', async () => {
    const folder = changed('linear-probe-decay', {
      meta: ({ steps }) => {
        const fields = (steps as Record<string, number>[])[2]!;
        fields.loss! += 1e-4;
        fields.learningRate! += 1e-4;
        fields.surprise = 1;
      },
      tensors: bumped({
        'expected/logits/3': 1e-3,
        'expected/runningStatistics/bn/var': 1e-3,
        'expected/afterSteps/Dense_0/bias': 1e-3,
        'expected/evaluationLogits': 1e-3,
      }),
    });
    const names = failures(await verify(folder)).map((check) => check.name);
    expect(names).toEqual([
      'steps[2].loss',
      'steps[2].learningRate',
      'steps[2].surprise',
      'logits/3',
      'runningStatistics/bn/var',
      'afterSteps/Dense_0/bias',
      'evaluationLogits',
    ]);
  });

  test('a keep count and a schedule value', async () => {
    const folder = changed('pieces-others', {
      meta: ({ keepLength, schedules }) => {
        (keepLength as number[][])[3]![2]! += 1;
        (schedules as { values: Record<string, number> }[])[0]!.values['6']! += 1e-4;
      },
    });
    const names = failures(await verify(folder)).map((check) => check.name);
    expect(names).toEqual(['keepLength(2, 0.55)', 'schedules[0].values.6']);
  });
});

/** Verifies a folder that is bad input. */
async function problem(folder: string): Promise<string | undefined> {
  const { code, reports } = await verify(folder);
  expect(code).toBe(2);
  return reports[0]!.problem;
}

const without = (name: string) => changed('few-tensors', { tensors: (tensors) => void delete tensors[name] });

const withModel = (change: object) =>
  changed('few-tensors', {
    meta: (meta) => ({ ...meta, model: { ...(meta.model as object), ...change } }),
  });

describe('bad input ends with exit code 2 and says why', () => {
  test('a folder that is not there', async () => {
    expect(await problem(join(scratch, 'nowhere'))).toMatch(/nowhere must be a folder; received none\./);
  });
  test('a folder without a case', async () => {
    expect(await problem(mkdtempSync(join(scratch, 'empty-')))).toMatch(/must be a folder of golden cases/);
  });
  test('an unknown kind', async () => {
    const folder = changed('threefry', { meta: (meta) => ({ ...meta, kind: 'm4ae' }) });
    expect(await problem(folder)).toMatch(/^kind must be one of m3ae-steps, .*; received m4ae\./);
  });
  test('case.json that is no JSON', async () => {
    const folder = changed('threefry', {});
    writeFileSync(join(folder, 'case.json'), '{ "kind": ');
    expect(await problem(folder)).toMatch(/^case.json must be readable JSON; received /);
  });
  test('a truncated tensor file', async () => {
    const folder = changed('threefry', {});
    const path = join(folder, 'tensors.safetensors');
    writeFileSync(path, readFileSync(path).subarray(0, -8));
    expect(await problem(folder)).toMatch(/^tensors.safetensors must be a whole safetensors file; /);
  });
  test('a tensor file that is not there', async () => {
    const folder = changed('threefry', {});
    rmSync(join(folder, 'tensors.safetensors'));
    expect(await problem(folder)).toMatch(
      /^tensors.safetensors must be a whole safetensors file; received ENOENT/,
    );
  });
  test('missing noise, a missing parameter, a missing field, an unknown field', async () => {
    expect(await problem(without('noise/text/1'))).toMatch(/^noise\/text\/1 must be in tensors.safetensors;/);
    expect(await problem(without('params/cls_token'))).toMatch(/^params\/…: .*cls_token/);
    expect(await problem(withModel({ heads: undefined }))).toMatch(
      /^heads must be a finite number; received nothing/,
    );
    expect(await problem(withModel({ head: 3 }))).toMatch(
      /^model.head must be a known option; .*Did you mean heads\?/,
    );
  });
  test('a linear probe with labels beyond its classes, another pooling, an impossible schedule', async () => {
    const probe = (change: Parameters<typeof changed>[1]) => problem(changed('linear-probe-moco', change));
    const labels = probe({ tensors: (tensors) => void (tensors['input/labels/1']!.data[0] = 5) });
    expect(await labels).toMatch(/^input\/labels\/1 must be 6 classes from 0 to 4; .* to 5\./);
    expect(await probe({ meta: (meta) => ({ ...meta, pooling: 'max' }) })).toMatch(
      /^pooling must be cls or mean of patch tokens; received max\./,
    );
    const optimizer = (meta: Record<string, unknown>, more: object) => ({
      ...meta,
      optimizer: { ...(meta.optimizer as object), ...more },
    });
    expect(await probe({ meta: (meta) => optimizer(meta, { warmupSteps: 9 }) })).toMatch(
      /^optimizer: .*warmupSteps must be/,
    );
    expect(await probe({ meta: (meta) => optimizer(meta, { kind: 'adam' }) })).toMatch(
      /^optimizer.kind must be a word that begins with lars; received adam\./,
    );
  });

  test('threads that are no positive integer', async () => {
    for (const threads of [0, 1.5, -1, NaN])
      await expect(verifyCase(join(cases, 'threefry'), { threads })).rejects.toThrow(/^threads must be/);
  });
});

test('a folder of cases runs them all beside one that has none, and a person reads the errors beside the tolerances', async () => {
  const folder = mkdtempSync(join(scratch, 'many-'));
  for (const name of ['threefry', 'pieces-others'])
    cpSync(join(cases, name), join(folder, name), { recursive: true });
  const reports = await reportsOf([join(folder, 'nowhere'), folder], { threads: 1 });
  expect(reports.map(({ status }) => status)).toEqual(['bad', 'pass', 'pass']);
  const lines = reports.flatMap(caseLines);
  expect(lines[1]).toMatch(/^PASS pieces-others \(pieces, compiled\): 32 of 32 within tolerance/);
  expect(lines.find((line) => line.includes('normal/9'))).toMatch(
    /^ {2}ok {3}normal\/9\s+absolute error \S+ \(tolerance 1\.0e-5\)$/,
  );
  expect(summaryLine(reports)).toBe('2 passed, 0 missed, 1 could not be read.');
});

test('measures, by hand', () => {
  expect(measureError([1, 2], [1, 4], 'output')).toBe(0.5); // 2 over the largest expected, 4
  expect(measureError([0.1], [0], 'output')).toBe(0.1); // never over less than 1
  expect(measureError([3, 1], [0, 5], 'relative')).toBe(1); // norm (3, -4) over 5
  expect(measureError([3e-7], [1e-7], 'relative')).toBeCloseTo(2e-7, 12); // absolute below 1e-6
  expect(measureError([1, 2, 3], [1, 0, 0], 'exact')).toBe(2);
  expect(measureError([NaN], [1], 'absolute')).toBeNaN();
  expect(measureError([NaN], [NaN], 'absolute')).toBe(0);
});
