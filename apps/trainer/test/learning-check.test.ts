import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sentenceOf } from '@m3ae/errors';
import { checkMemory, memoryParts, modelOf, parameterCount } from '@m3ae/tasks';
import { resolveConfig } from '../src/config/resolve.js';
import { leastSummedRate } from '@m3ae/optim';
import { stepConfig } from '../src/run/step-config.js';
import { rateWarning } from '../src/run/checks.js';
import { labeledConfig, writeLabeledPictures } from './support/labeled-runs.js';
import { runCommand } from './support/run-command.js';

const source = { kind: 'folder', path: 'pictures' } as const;
const guide = {
  data: { source },
  image: { size: 96, patchSize: 16 },
  text: { maxLength: 32, vocabulary: 'trimmed' },
  model: { embedDim: 192, depth: 6, heads: 3, decoderDim: 128, decoderDepth: 2, decoderHeads: 4 },
  train: { epochs: 50, batchSize: 64 },
} as const;

const facts = { vocabSize: 1000, trainLength: 360 };
const warningOf = (input: unknown) => {
  const config = resolveConfig(input);
  return rateWarning(config, stepConfig(config, facts).schedule);
};

test('a warning is given where the rates of all steps add up to too little', () => {
  // 5 steps an epoch, 250 in all, 12 of warm-up, a peak of 1.5e-4 * 64 / 256 = 3.75e-5: 250 * 3.75e-5 / 2 = .0047
  expect(warningOf({ ...guide, optimizer: { peakLearningRate: 1.5e-4 } })).toMatch(
    /adds up to 0\.0047 over 250 steps: 0\.00015 for 256 examples is 0\.000037 for 64\..*"batch"/,
  );
  const enough = { peakLearningRate: 1e-3, learningRatePer: 'batch' };
  expect(warningOf({ ...guide, optimizer: enough })).toBeUndefined(); // .125
  expect(warningOf({ ...guide, optimizer: enough, train: { steps: 10, batchSize: 64 } })).toMatch(
    /0\.005 over 10 steps\. /,
  );
  expect(warningOf({ ...guide, initialize: { run: 'runs/other' } })).toBeUndefined();
  expect(leastSummedRate).toBeLessThan(0.125);
});

test('the warning advises no setting that is set', () => {
  const advised = { peakLearningRate: 1e-3, learningRatePer: 'batch', clipNorm: 1 } as const;
  const train = { steps: 10, batchSize: 64 };
  const names = (optimizer: object) => warningOf({ ...guide, optimizer, train })!.match(/optimizer\.\w+/g);
  expect(names(advised)).toBeNull();
  expect(names({ ...advised, clipNorm: null })).toEqual(['optimizer.clipNorm']);
  expect(names({ ...advised, peakLearningRate: 5e-4 })).toEqual(['optimizer.peakLearningRate']);
});

test('the warning names a number of steps that is enough', () => {
  const steps = Number(/for (\d+) steps and more/.exec(warningOf(guide)!)![1]);
  expect(warningOf({ ...guide, train: { steps: Math.ceil(steps * 1.05), batchSize: 64 } })).toBeUndefined();
});

test('a run tells its losses beside those of guessing, and that it has learned nothing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'm3ae-learning-'));
  await writeLabeledPictures(join(folder, 'pictures'), 10);
  const idle = {
    optimizer: { peakLearningRate: 1e-9 },
    evaluation: { enabled: false },
    report: { enabled: false },
  };
  const config = join(folder, 'idle.json');
  writeFileSync(config, JSON.stringify(labeledConfig(join(folder, 'pictures'), idle)));
  const { code, stdout } = await runCommand('pretrain', config, '--out', join(folder, 'run'));
  expect(code).toBe(0);
  expect(stdout.match(/^Warning: /gm)!.length).toBeGreaterThanOrEqual(2); // at the beginning and at the end
  const { losses, summedRate: sum } = JSON.parse(
    readFileSync(join(folder, 'run', 'finished.json'), 'utf8'),
  ) as {
    losses: Record<string, { last: number; guessing: number; share: number }>;
    summedRate: number;
  };
  expect(sum).toBeLessThan(1e-8);
  expect(Object.keys(losses)).toEqual(['imageLoss', 'textLoss']);
  const lines = readFileSync(join(folder, 'run', 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n');
  const last = JSON.parse(lines.at(-1)!) as Record<string, number>;
  for (const [name, { last: value, guessing, share }] of Object.entries(losses)) {
    expect(value).toBeCloseTo(last[name]!, 5); // a tenth of six steps is the last one
    expect(share).toBeCloseTo(value / guessing, 10);
  }
  rmSync(folder, { recursive: true });
}, 60_000);

const gigabyte = 1e9;

test.each<[string, object, RegExp]>([
  [
    'a batch',
    { train: { steps: 1, batchSize: 8192 } },
    /^train\.accumulate must .* fits into 16 GB of memory.* received 1\./,
  ],
  [
    'a model',
    { model: { embedDim: 16_384, depth: 512, heads: 512 } },
    /^model\.embedDim must .* fits .* received 16384/,
  ],
  [
    'a queue',
    { data: { source, queueSize: 1024 }, image: { size: 512 } },
    /^data\.queueSize must .* fits .* received 1024/,
  ],
  [
    'workers',
    { data: { source, workers: 256 }, train: { steps: 1, batchSize: 1 } },
    /^data\.workers must .* fits .* received 256/,
  ],
  [
    'pictures',
    { image: { size: 8192 }, train: { steps: 1, batchSize: 1 } },
    /^image\.size must .* fits .* received 8192/,
  ],
])('%s far beyond the memory is refused by its setting', (name, change, message) => {
  const config = resolveConfig({
    data: { source },
    model: { size: 'small' },
    train: { steps: 1 },
    ...change,
  });
  const available = name === 'workers' ? 3 * gigabyte : 16 * gigabyte;
  const rule = name === 'workers' ? new RegExp(message.source.replace('16', '3')) : message;
  const { fault } = checkMemory(config, modelOf(config, { vocabSize: 30_522 }), available);
  expect(sentenceOf(fault!)).toMatch(rule);
});

test('memory that is short is warned of, memory that is there is not mentioned', () => {
  const config = resolveConfig({ data: { source }, model: { size: 'small' }, train: { steps: 1 } });
  const model = modelOf(config, { vocabSize: 30_522 });
  const parts = memoryParts(config, model, { parameters: parameterCount(config.method, model) });
  const needed = Object.values(parts).reduce((sum, bytes) => sum + bytes, 0);
  expect(checkMemory(config, model, needed * 1.5)).toEqual({});
  expect(checkMemory(config, model, needed / 1.5)).toEqual({ warning: expect.stringMatching(/^Warning: /) });
  const onGpu = resolveConfig({
    data: { source },
    model: { size: 'huge' },
    train: { steps: 1, device: 'cuda' },
  });
  expect(checkMemory(onGpu, modelOf(onGpu, { vocabSize: 30_522 }), 2 * gigabyte)).toEqual({});
});
