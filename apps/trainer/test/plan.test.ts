import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { m3aeSizes, type M3aeSize, resolveM3aeConfig } from '@m3ae/transformer';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { main } from '../src/cli.js';
import { resolveConfig } from '../src/config/resolve.js';
import { machineFigures } from '@m3ae/bench';
import { flopsPerExample, modelOf } from '@m3ae/tasks';

const data = { source: { kind: 'emoji' }, workers: 0 };
const train = { steps: 1 };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plan-'));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

/** Runs a command line and returns its exit code and what it printed. */
async function run(...args: string[]) {
  let out = '';
  let errors = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((out += String(text)), true));
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((errors += String(text)), true));
  vi.spyOn(console, 'error').mockImplementation((text) => void (errors += `${text}\n`));
  const code = await main(['plan', ...args]);
  return { code, out, errors };
}

test('a ViT-B/16 at 224 px has the 17.6 G multiply-adds of its paper forward, and thrice as many in a step', () => {
  const config = resolveConfig({
    method: 'supervised',
    data,
    train,
    image: { size: 224, patchSize: 16 },
    model: { size: 'base' },
  });
  const flops = flopsPerExample(config, modelOf(config, { vocabSize: 1, classes: 1000 }));
  expect(flops / (3 * 2 * 17.58e9)).toBeCloseTo(1, 2); // timm counts 17.58 G for vit_base_patch16_224
});

test('an M3AE by hand: one block of each kind, 4 patches of which 1 is seen, no text', () => {
  const model = {
    ...resolveM3aeConfig({ size: 'small', patchSize: 8, vocabSize: 10 }),
    embedDim: 2,
    depth: 1,
    decoderDim: 4,
    decoderDepth: 1,
    mlpRatio: 4,
  };
  const config = resolveConfig({
    method: 'mae',
    data,
    train,
    model: { size: 'small' },
    image: { size: 16, patchSize: 8, maskRatio: 0.75 },
  });
  const pixels = 192;
  const embed = 2 * 4 * pixels * 2; // all 4 patches into width 2
  const encoder = 2 * 2 * 12 * 4 + 4 * 4 * 2; // 2 tokens: 12 dim² of weights each, and 2 products of 2 x 2 x dim
  const between = 2 * 2 * 2 * 4;
  const decoder = 2 * 5 * 12 * 16 + 4 * 25 * 4; // 5 tokens of width 4
  const head = 2 * 4 * 4 * pixels;
  expect(flopsPerExample(config, model)).toBe(3 * (embed + encoder + between + decoder + head));
});

test('benchmarks give speed and spread; a given figure wins', () => {
  const step = { method: 'm3ae', model: 'small', batch: 4, parameters: 1e6, median_s: 2, times_s: [1, 3] };
  const ranks = { latency_s: 1e-5, bandwidth: 2e9, memory_bandwidth: 28e6 };
  const files = Object.entries({ step, ranks }).map(([name, value]) => {
    const file = join(folder, name);
    writeFileSync(file, `${JSON.stringify(value)}\n`);
    return file;
  });
  const slower = machineFigures(files, ['bandwidth=3e9']);
  expect(slower).toMatchObject({ latency: 1e-5, bandwidth: 3e9, memoryBandwidth: 28e6, spread: 0.5 });
  // Of 2 s the optimizer's 28 bytes a parameter take 1 s at 28 MB/s, so the rest is twice as fast as without.
  const alone = machineFigures(files.slice(0, 1), []);
  expect(slower.flopsPerSecond! / alone.flopsPerSecond!).toBeCloseTo(2, 9);
});

test.each(Object.keys(m3aeSizes))('a step of %s, as bench step may measure it, gives a speed', (model) => {
  const file = join(folder, 'step.json');
  const step = { method: 'mae', model, batch: 2, parameters: 1, median_s: 2, times_s: [2] };
  writeFileSync(file, JSON.stringify(step));
  // Another way to the same: the config beside a model whose sizes are given one by one.
  const config = resolveConfig({ method: 'mae', data, model: { size: 'base' }, train });
  const flops = 2 * flopsPerExample(config, resolveM3aeConfig({ ...m3aeSizes[model as M3aeSize] }));
  expect(machineFigures([file], []).flopsPerSecond).toBe(flops / 2);
});

test.each([
  ['{"times_s":[1],"model":"debag","method":"mae","batch":2,"median_s":1}', /size must be one of .*debug/],
  ['5', /a line of JSON/],
])('a calibration of %s is refused by the name of its file', (text, words) => {
  const file = join(folder, 'odd.json');
  writeFileSync(file, text);
  expect(() => machineFigures([file], [])).toThrow(words);
  expect(() => machineFigures([file], [])).toThrow('odd.json');
});

test("the paper's run: a table up to 1,024 ranks, without its data", async () => {
  const figures = [
    'flopsPerSecond=5e13',
    'memoryBandwidth=1e12',
    'bandwidth=1e10',
    'latency=5e-6',
    'spread=0.02',
  ];
  const { code, out } = await run(
    'm3ae-base',
    '--examples',
    '12000000',
    '--json',
    ...figures.flatMap((figure) => ['--figure', figure]),
  );
  expect(code).toBe(0);
  const { work, rows } = JSON.parse(out) as {
    work: { steps: number };
    rows: { ranks: number; days: number }[];
  };
  expect(work.steps).toBe(100 * Math.floor(12e6 / 4096));
  expect(rows.map(({ ranks }) => ranks)).toEqual(Array.from({ length: 11 }, (_, power) => 2 ** power));
  rows.slice(1).forEach(({ days }, index) => expect(days).toBeLessThan(rows[index]!.days));
});

test.each([
  ['1', /largest useful world: 1 rank,/],
  ['2', /More than 2 ranks share the cores/],
  ['4', /^(?!.*share the cores)/s],
])('of 4 ranks, %s of which have a core, the table says whether cores are shared', async (cores, words) => {
  const figures = ['flopsPerSecond=5e13', 'memoryBandwidth=1e12', 'bandwidth=1e10', 'latency=0', 'spread=0'];
  const given = [...figures, `fullSpeedRanks=${cores}`].flatMap((figure) => ['--figure', figure]);
  const { code, out } = await run('m3ae-base', '--examples', '4096', '--ranks', '4', ...given);
  expect(code).toBe(0);
  expect(out).toMatch(words);
});

test.each([
  [['--figure', 'bandwith=1'], 2, /bandwith must be a known option.*bandwidth/],
  [['--figure', 'bandwidth'], 2, /--figure must be name=number; received bandwidth/],
  [[], 2, /flopsPerSecond must be a number above 0; received nothing.*bench step/],
  [['--calibration', 'missing.json'], 2, /missing\.json/],
  [['--examples', 'abc'], 2, /--examples.*abc.*integer/],
  [['--ranks', 'abc'], 2, /--ranks.*abc.*integer/],
])('%j is refused', async (options, expected, words) => {
  const { code, errors } = await run('m3ae-base', '--examples', '100000', ...options);
  expect(code).toBe(expected);
  expect(errors).toMatch(words);
});
