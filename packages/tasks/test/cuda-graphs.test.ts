import { createRunner } from '@m3ae/compile';
import type { Batch } from '@m3ae/datasets';
import { createOptimizer } from '@m3ae/optim';
import { key, normal, randomInteger } from '@m3ae/random';
import { createTrainStep, type Task } from '@m3ae/training';
import { resolveClassifierConfig, resolveClipConfig, resolveM3aeConfig } from '@m3ae/transformer';
import { ndArray } from '@m3ae/tree';
import { describe, expect, test, vi } from 'vitest';
import { bf16OnCpu } from '../../compile/test/support/bf16-on-cpu.js';
import { leftToCpu } from '../../compile/test/support/cuda-kernels.js';
import { clip, m3ae, mae, supervised } from '../src/index.js';

vi.mock(import('../../compile/src/run/native/cuda-driver.js'), () => ({
  lackOfBf16: () => Promise.resolve(undefined),
}));

const batch = 4;
const length = 8;
const trunk = { embedDim: 32, depth: 2, heads: 2, patchSize: 2, vocabSize: 50, dropPath: 0.1, dropout: 0.1 };
const model = resolveM3aeConfig({ ...trunk, decoderDim: 32, decoderDepth: 1, decoderHeads: 2 });

/** Pictures of 16 patches with classes, and with captions of unequal length. */
const pictures: Batch = {
  indices: Int32Array.from({ length: batch }, (_, i) => i),
  patches: ndArray(normal(key(1), batch * 16 * 12), [batch, 16, 12]),
  tokenIds: ndArray(randomInteger(key(2), batch * length, 5, 50), [batch, length]),
  paddingMask: ndArray(
    Float32Array.from({ length: batch * length }, (_, i) => (i % length > 3 + i / length ? 1 : 0)),
    [batch, length],
  ),
  labels: ndArray(Int32Array.of(0, 1, 2, 1), [batch]),
};
const { patches: _patches, ...texts } = pictures;

const loss = { textWeight: 0.5, unpairedTextWeight: 0.3 };
const tower = { depth: 1, heads: 2, dim: 32, length };
const augment = { mixup: 0.8, cutmix: 1, labelSmoothing: 0.1 };
const tasks: readonly (readonly [string, () => Task])[] = [
  ['m3ae', () => m3ae({ model, loss }) as Task],
  ['m3ae that keeps padding', () => m3ae({ model, loss, text: { leaveOutPadding: false } }) as Task],
  ['m3ae, blocks computed again', () => m3ae({ model, loss, recompute: 'blocks' }) as Task],
  ['mae', () => mae({ model }) as Task],
  ['clip', () => clip({ model: resolveClipConfig(trunk, { textTower: tower, sharedDim: 32 }) }) as Task],
  [
    'supervised',
    () => supervised({ model: resolveClassifierConfig(trunk, { classes: 3 }), augment }) as Task,
  ],
];

describe.each(tasks)('a step of %s on CUDA', (name, make) => {
  const lossOf = async (precision: 'float32' | 'bf16', accumulate: number) => {
    const models: Uint8Array[] = [];
    const task = make();
    const step = createTrainStep({
      task,
      optimizer: createOptimizer({ decay: (path) => task.decays(path), clipNorm: 1 }),
      schedule: () => 1e-3,
      runner: createRunner({ device: 'cuda', precision, runtime: bf16OnCpu(models) }),
      accumulate,
    });
    const examples = name.startsWith('m3ae') ? { pictures, texts } : { pictures };
    const next = () => task.collate(examples, { step: 0, key: key(3) });
    const { metrics } = await step.run(step.init(key(4)).state, next, 0);
    await step.dispose();
    // One graph of the whole step, or one for gradients of micro-batches and one for the update, and with contrast the features.
    expect(models.length).toBe(accumulate === 1 ? 1 : name === 'clip' ? 4 : 2);
    expect(models.flatMap(leftToCpu)).toEqual([]);
    return metrics.loss!.data[0]!;
  };

  test.each([1, 2])('leaves nothing to the CPU, in float32 and bf16, in %i parts', async (accumulate) => {
    const exact = await lossOf('float32', accumulate);
    const rounded = await lossOf('bf16', accumulate);
    expect(Math.abs(rounded / exact - 1)).toBeLessThan(0.01);
    expect(rounded).not.toBe(exact);
  });
});
