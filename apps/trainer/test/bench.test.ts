import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { createTokenizer } from '@m3ae/preprocess';
import { key } from '@m3ae/random';
import { resolveM3aeConfig } from '@m3ae/transformer';
import { describe, expect, test } from 'vitest';
import { makeCaptions } from '../src/bench/make-captions.js';
import { createProgress } from '../src/bench/progress.js';
import { profileLines, summarizeProfile } from '../src/bench/profile.js';
import { summarize } from '../src/bench/statistics.js';
import { syntheticBatches } from '../src/bench/synthetic-batch.js';
import { runBenchStep } from '../src/commands/bench-step.js';

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

/** A command that prints what a bench prints. */
const fake = (seconds: number) => `echo noise; echo '{"min_s":${seconds},"peak_rss_mb":100}'`;

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

test('a profile of an eager engine is refused', async () => {
  const options = { engine: 'eager:cpu', profile: 'p.txt', model: 'debug', method: 'm3ae' } as never;
  await expect(runBenchStep(options)).rejects.toThrow('--profile must go with --engine compiled');
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
  const script = fileURLToPath(new URL('../bench/compare.mjs', import.meta.url));
  const compare = (...args: string[]) => spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' });

  test('runs all in turn and prints the smallest times', () => {
    const { stdout, stderr, status } = compare(
      '--rounds',
      '2',
      '--ours',
      fake(2),
      '--peer',
      `torch=${fake(3)}`,
    );
    expect(stdout.trim().split('\n').slice(2)).toEqual([
      'm3ae | 2.000 | 1.00 | 100',
      'torch | 3.000 | 1.50 | 100',
    ]);
    expect(stderr.match(/round \d of 2: \w+/g)).toEqual([
      'round 1 of 2: m3ae',
      'round 1 of 2: torch',
      'round 2 of 2: m3ae',
      'round 2 of 2: torch',
    ]);
    expect(status).toBe(0);
  });

  test('refuses a peer without a name, and says which one failed', () => {
    expect(compare('--peer', 'python x.py').stderr).toContain(
      '--peer must be NAME=COMMAND; received python x.py.',
    );
    const failed = compare('--ours', 'exit 3');
    expect(failed.stderr).toContain('m3ae failed with exit code 3.');
    expect(failed.status).toBe(2);
  });
});
