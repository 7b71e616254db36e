import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { createTokenizer } from '@m3ae/preprocess';
import { key } from '@m3ae/random';
import { resolveM3aeConfig } from '@m3ae/transformer';
import { describe, expect, test } from 'vitest';
import { makeCaptions } from '../src/data-bench.js';
import { syntheticBatches } from '../src/prepare-step.js';
import { afterFirstRun, profileLines, summarizeProfile } from '../src/profile.js';
import { createProgress } from '../src/run-bench.js';
import { summarize } from '../src/statistics.js';

const sizes = {
  batch: 3,
  imageSize: 32,
  textLength: 20,
  realTokens: 5,
  imageMaskRatio: 0.75,
  textMaskRatio: 0.75,
  maskScope: 'sample',
  keepPadding: true,
} as const;
const model = resolveM3aeConfig({ size: 'debug', patchSize: 8, vocabSize: 50 });

describe('the made-up batch', () => {
  test('has the shapes of a real one, and real tokens only where there is no padding', () => {
    const batch = syntheticBatches(key(0), model, sizes)(0);
    expect(batch.patches!.shape).toEqual([3, 16, 192]);
    expect(batch.imagePlan!.idsKeep.shape).toEqual([3, 4]);
    expect(batch.textPlan!.idsHidden.shape).toEqual([3, 15]);
    batch.tokenIds!.data.forEach((id, i) => expect(id === 0).toBe(i % 20 >= 5));
    expect([...batch.paddingMask!.data.subarray(0, 6)]).toEqual([0, 0, 0, 0, 0, 1]);
  });

  test('has other masks at each step, and the same again for the same step', () => {
    const batches = syntheticBatches(key(0), model, sizes);
    expect(batches(1)).toEqual(batches(1));
    expect(batches(1).imagePlan).not.toEqual(batches(2).imagePlan);
    expect(batches(1).patches).toBe(batches(2).patches);
  });

  test('shares one mask, or leaves padding out, if asked', () => {
    const shared = syntheticBatches(key(0), model, { ...sizes, maskScope: 'batch' })(0);
    expect(shared.imagePlan!.idsKeep.shape).toEqual([1, 4]);
    const trimmed = syntheticBatches(key(0), model, { ...sizes, keepPadding: false })(0);
    expect(trimmed.textPlan!.idsHidden.shape[1]).toBeLessThan(15);
  });
});

test('made-up captions: no two the same, 8 to 22 words, ids within the vocabulary', () => {
  const tokenizer = createTokenizer();
  const captions = makeCaptions(tokenizer, 300);
  expect(new Set(captions).size).toBe(300);
  const lengths = captions.map((caption) => caption.split(' ').length);
  expect(Math.min(...lengths)).toBeGreaterThanOrEqual(8);
  expect(Math.max(...lengths)).toBeLessThanOrEqual(22);
  expect(tokenizer.encode(captions[0]!).length).toBeGreaterThanOrEqual(8);
});

test('smallest and middle time', () => {
  expect(summarize([5, 1, 3])).toEqual({ min: 1, median: 3 });
  expect(summarize([4, 1, 3, 2])).toEqual({ min: 1, median: 2.5 });
  expect(() => summarize([])).toThrow('times must hold at least one');
});

/** An event of ONNX Runtime's profile. */
const node = (op: string, ts: number, dur: number, shape: readonly number[]) => ({
  cat: 'Node',
  ts,
  name: 'n_kernel_time',
  dur,
  args: { op_name: op, input_type_shape: [{ float: shape }], output_type_shape: [{ float: shape }] },
});

test('a profile is summed by operator, and by shapes, over the runs', () => {
  const summary = summarizeProfile([
    { cat: 'Session', name: 'model_run', dur: 999 },
    { cat: 'Session', name: 'model_run', dur: 999 },
    { cat: 'Node', name: 'n_fence_before', dur: 7 },
    node('Gemm', 0, 600_000, [2, 3]),
    node('Gemm', 600_000, 200_000, [4, 5]),
    node('Scan', 800_000, 300_000, [2, 3]),
    node('Add', 850_000, 100_000, [2, 3]), // inside the Scan
    node('Add', 950_000, 100_000, [2, 3]),
  ]);
  expect(summary).toMatchObject({
    runs: 2,
    secondsPerRun: 0.55,
    byOperator: [
      { name: 'Gemm', seconds: 0.4, percent: 72.7, nodes: 1 },
      { name: 'Add', seconds: 0.1, percent: 18.2, nodes: 1 },
      { name: 'Scan', seconds: 0.05, percent: 9.1, nodes: 0.5 },
    ],
  });
  expect(summary.byShape.map(({ name }) => name)).toEqual([
    'Gemm [2,3] -> [2,3]',
    'Gemm [4,5] -> [4,5]',
    'Add [2,3] -> [2,3]',
    'Scan [2,3] -> [2,3]',
  ]);
  expect(profileLines(summary)).toContain('  72.7 %    0.4000 s       1  Gemm');
});

test('of a profile the first run is left out, where others follow', () => {
  const run = (ts: number) => ({ cat: 'Session', name: 'model_run', ts, dur: 10 });
  const first = [node('Gemm', 1, 8, [2]), run(0)];
  const second = [node('Gemm', 12, 3, [2]), run(11)];
  expect(afterFirstRun([...first, ...second])).toEqual(second);
  expect(afterFirstRun(first)).toEqual(first);
});

test('progress overwrites its line on a terminal, and writes plain lines elsewhere', () => {
  const written: string[] = [];
  const stream = (isTTY: boolean) =>
    ({ isTTY, write: (text: string) => written.push(text) }) as unknown as NodeJS.WriteStream;
  const plain = createProgress(stream(false));
  plain.show('one');
  plain.done();
  const terminal = createProgress(stream(true));
  terminal.show('two');
  terminal.done();
  expect(written).toEqual(['one\n', '\r\u001b[2Ktwo', '\r\u001b[2K']);
});

describe('compare.mjs', () => {
  const script = fileURLToPath(new URL('../compare.mjs', import.meta.url));
  const compare = (...args: string[]) => spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' });
  /** A program that prints what a bench prints. */
  const fake = (min: number, median: number) => {
    const line = JSON.stringify({ min_s: min, median_s: median, peak_rss_mb: 100 });
    return ['--', process.execPath, '-e', `console.log('noise'); console.log('${line}')`];
  };

  test('runs all in turns, turning the order around, and prints minima and medians', () => {
    const { stdout, stderr, status } = compare('--rounds', '5', ...fake(2, 4), ...fake(3, 5));
    expect(stdout.trim().split('\n').slice(-2)).toEqual([
      'A | 2.000 | 1.000 | 4.000 | 1.000 | 100',
      'B | 3.000 | 1.500 | 5.000 | 1.250 | 100',
    ]);
    expect(stderr.match(/(?<=of 5: )\w/g)!.join('')).toBe('ABBAABBAAB');
    expect(status).toBe(0);
  });

  test('refuses too few rounds and a lone program, and says which one failed', () => {
    expect(compare('--rounds', '4', ...fake(1, 1), ...fake(1, 1)).stderr).toContain('--rounds must be');
    expect(compare(...fake(1, 1)).stderr).toContain('Write: node');
    const failed = compare(...fake(1, 1), '--', process.execPath, '-e', 'process.exit(3)');
    expect(failed.stderr).toContain('B failed: exit code 3.');
    expect(failed.status).toBe(2);
    expect(compare(...fake(1, 1), '--', process.execPath, '-e', '1').stderr).toContain('B must print');
  });
});
