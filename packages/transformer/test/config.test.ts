import { countElements, flattenTree, type Tree } from '@m3ae/tree';
import { expect, test } from 'vitest';
import {
  decayed,
  m3aeShapes,
  type M3aeSize,
  maeShapes,
  type ParameterShape,
  resolveM3aeConfig,
} from '../src/index.js';

// Counted by the reference's own code.
test.each<[M3aeSize, number, number, number]>([
  ['small', 74_782_266, 47_402_624, 21_294_336],
  ['base', 150_757_434, 111_656_960, 85_056_000],
  ['large', 376_155_194, 329_240_832, 302_311_424],
  ['huge', 711_666_746, 656_938_496, 629_680_640],
])('%s has the parameters of the reference', (size, m3ae, mae, encoder) => {
  const config = resolveM3aeConfig({ size });
  expect(countElements(m3aeShapes(config))).toBe(m3ae);
  expect(countElements(maeShapes(config))).toBe(mae);
  expect(countElements(m3aeShapes(config).encoder as Tree<ParameterShape>)).toBe(encoder);
  expect(countElements(m3aeShapes(config).decoder as Tree<ParameterShape>)).toBe(25_220_096);
});

test('the default is large, and a field beside a size wins', () => {
  expect(resolveM3aeConfig()).toEqual(resolveM3aeConfig({ size: 'large' }));
  const config = resolveM3aeConfig({ size: 'small', decoderDepth: 4 });
  expect([config.embedDim, config.decoderDepth]).toEqual([384, 4]);
  expect(resolveM3aeConfig({ size: 'debug' })).toMatchObject({ embedDim: 1024, depth: 2, decoderDepth: 2 });
});

// Counted by the reference's own code: 134 of 260 leaves of M3AE base are exempt, 128 of 254 of MAE base.
test('weight decay leaves out what the reference leaves out', () => {
  const config = resolveM3aeConfig({ size: 'base' });
  expect(exempt(m3aeShapes(config), 'm3ae')).toEqual([260, 134, 23_625_530]);
  expect(exempt(maeShapes(config), 'mae')).toEqual([254, 128, 151_808]);
});

test('the other decay rules', () => {
  expect(decayed('encoder.norm.scale')).toBe(true);
  expect(decayed('encoder.norm.scale', 'exempt1d')).toBe(false);
  expect(decayed('clsToken', 'facebook')).toBe(true);
  expect(decayed('encoder.norm.scale', 'facebook')).toBe(false);
  expect(decayed('types.decoderImage', 'm3ae')).toBe(false);
  expect(decayed('types.decoderImage', 'mae')).toBe(true);
});

test('type embeddings and deep heads change the tree', () => {
  const plain = m3aeShapes(resolveM3aeConfig({ size: 'debug', useTypeEmbedding: false }));
  expect(plain.types).toBeUndefined();
  const deep = m3aeShapes(resolveM3aeConfig({ size: 'debug', outputHeadDepth: 2 }));
  expect(deep.imageHead.layers).toHaveLength(2);
  expect(deep.imageHead.layers![0]!.dense.kernel.shape).toEqual([512, 512]);
  expect(m3aeShapes(resolveM3aeConfig({ patchSize: 8, channels: 4 })).imageHead.output.bias.shape).toEqual([
    256,
  ]);
  expect(maeShapes(resolveM3aeConfig({ imageOutputDim: 1024 })).imageHead.output.bias.shape).toEqual([1024]);
});

test.each([
  [{ head: 3 }, 'head must be a known option; received head. Did you mean heads?'],
  [
    { size: 'smal' },
    'size must be one of small, base, large, huge, debug; received smal. Did you mean small?',
  ],
  [
    { embedDim: 64, heads: 5 },
    'heads must be a divisor of embedDim (64); received 5. Each head takes an equal share of the width; use e.g. 4.',
  ],
  [
    { decoderDim: 30, decoderHeads: 3 },
    'decoderDim must be divisible by 4; received 30. Position codes are sines and cosines of rows and columns; use 28 or 32.',
  ],
  [{ dropPath: 10 }, 'dropPath must be in [0, 1); received 10. Write a tenth as 0.1, not 10.'],
  [{ channels: 2 }, 'channels must be 1, 3 or 4; received 2. RGB pictures have 3.'],
  [{ depth: 1.5 }, 'depth must be a positive integer; received 1.5. ViT-S has 12.'],
  [
    { gelu: 'exact' },
    'gelu must be one of tanh, erf, quick; received exact. "tanh" is the approximation that the reference uses',
  ],
])('%o is refused with its remedy', (input, message) => {
  expect(() => resolveM3aeConfig(input as never)).toThrow(message);
});

test('all faults are reported at once', () => {
  expect(() => resolveM3aeConfig({ depth: 0, dropout: -1, patchSize: NaN })).toThrow(
    /depth.*\n.*patchSize.*\n.*dropout/,
  );
});

function exempt(tree: Tree<ParameterShape>, rule: 'm3ae' | 'mae'): number[] {
  const leaves = flattenTree(tree);
  const kept = leaves.filter(([path]) => !decayed(path, rule));
  return [leaves.length, kept.length, countElements(Object.fromEntries(kept))];
}
