import { key } from '@m3ae/random';
import { initMae, resolveM3aeConfig } from '@m3ae/transformer';
import { expect, test } from 'vitest';
import { faultsOf } from '../../errors/test/faults-of.js';
import { type ModelWeights, takeWeights } from '../src/index.js';

const sizes = { embedDim: 8, heads: 2, decoderDim: 8, decoderDepth: 1, decoderHeads: 2, patchSize: 2 };
const [shallow, deep] = [1, 2].map((depth) => resolveM3aeConfig({ ...sizes, depth })) as [
  ReturnType<typeof resolveM3aeConfig>,
  ReturnType<typeof resolveM3aeConfig>,
];
const weightsOf = (config: typeof deep): ModelWeights => ({
  kind: 'mae',
  config,
  params: initMae(key(0), config),
  source: 'a test',
  image: { mean: [0, 0, 0], std: [1, 1, 1] },
  notes: [],
});

test.each(['mae', 'm3ae', 'supervised'] as const)(
  'a model with fewer blocks than the weights is refused, not cut short: %s',
  (kind) => {
    const taker = { name: 'weights.pt', kind, model: shallow, pieces: [] };
    const fresh = initMae(key(1), shallow);
    expect(takeWeights(fresh, weightsOf(shallow), taker)).toMatchObject({
      clsToken: initMae(key(0), shallow).clsToken,
    });
    const faults = faultsOf(() => takeWeights(fresh, weightsOf(deep), taker));
    expect(faults.map(({ path }) => path)).toContain('encoder.blocks.1.norm1.scale of weights.pt');
    expect(faults.every(({ path }) => path.startsWith('encoder.blocks.1.'))).toBe(true);
  },
);
