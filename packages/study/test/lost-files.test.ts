import { mkdtempSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { saveCheckpoint } from '@m3ae/checkpoint/files';
import { expect, test } from 'vitest';
import { hasLastCheckpoint, refuseOlderWeights, trainingFiguresOf } from '../src/runs.js';

/** A run that ended at step 4, with a checkpoint of step 2 beside the last. */
async function endedRun() {
  const run = mkdtempSync(join(tmpdir(), 'm3ae-ended-'));
  const trees = { model: { bias: { shape: [1], data: Float32Array.of(1) } } };
  for (const step of [2, 4]) await saveCheckpoint(run, { step, trees, state: null });
  const lines = [1, 2, 3, 4].map((step) => `{"step":${step},"loss":${1 / step}}\n`);
  writeFileSync(join(run, 'metrics.jsonl'), lines.join(''));
  writeFileSync(join(run, 'finished.json'), '{"step":4,"trainingSeconds":120}');
  return { run, lines };
}

test('the figures of a training are those of its last step, or an error that names the file', async () => {
  const { run, lines } = await endedRun();
  expect(trainingFiguresOf(run)).toMatchObject({ figures: { minutes: 2, last: { step: 4 } }, seconds: 120 });
  writeFileSync(join(run, 'metrics.jsonl'), lines.slice(0, 3).join(''));
  expect(() => trainingFiguresOf(run)).toThrow(/metrics\.jsonl ends at step 3, and the training at 4/);
  truncateSync(join(run, 'finished.json'), 5);
  expect(() => trainingFiguresOf(run)).toThrow(/finished\.json is missing or damaged/);
});

test('the weights of an earlier step do not stand for those of the last', async () => {
  const { run } = await endedRun();
  expect(await hasLastCheckpoint(run)).toBe(true);
  expect(() => refuseOlderWeights({ run: { step: 4 } }, run)).not.toThrow();
  expect(() => refuseOlderWeights({ run: { step: 2 } }, run)).toThrow(/step 4 .* step 2/);
  truncateSync(join(run, 'checkpoints', 'step-00000004', 'model.safetensors'), 10);
  expect(await hasLastCheckpoint(run)).toBe(false);
});
