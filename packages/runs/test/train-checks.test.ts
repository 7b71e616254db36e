import { faultsBetween } from '@m3ae/errors/settings';
import { expect, test } from 'vitest';
import { trainSettingChecks, type TrainSettings } from '../src/index.js';

const train: TrainSettings['train'] = {
  steps: 10,
  batchSize: 12,
  accumulate: 4,
  replicas: 1,
  engine: 'compiled',
  device: 'cpu',
  precision: 'float32',
  kernels: 'exact',
};

test.each<[Partial<TrainSettings['train']>, string[]]>([
  [{}, []],
  [{ accumulate: 5 }, ['train.accumulate']],
  [{ replicas: 3, threads: 1 }, ['train.replicas']],
  [{ replicas: 2 }, ['train.threads']],
  [{ replicas: 2, threads: 1 }, []],
  [{ replicas: 2, threads: 1, device: 'cuda' }, ['train.replicas']],
  [{ precision: 'bf16', device: 'webgpu' }, ['train.precision']],
  [{ precision: 'bf16', device: 'cuda' }, []],
  [{ backend: 'wasm' }, ['train.backend']],
  [{ engine: 'eager', backend: 'wasm' }, []],
  [{ engine: 'eager', kernels: 'fast', device: 'cuda' }, ['train.device', 'train.kernels']],
  [{ epochs: 1 }, ['train']],
  [{ steps: undefined }, ['train']],
  [{ steps: undefined, epochs: 1 }, []],
])('%j is refused at %j', (change, paths) => {
  const faults = faultsBetween({ train: { ...train, ...change } }, trainSettingChecks);
  expect(faults.map(({ path }) => path)).toEqual(paths);
});
