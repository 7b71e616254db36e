import '@tensorflow/tfjs-backend-cpu';
import { planTensors, randomMask } from '@m3ae/masking';
import { key } from '@m3ae/random';
import { mapTree, type NdArray } from '@m3ae/tree';
import { ones, tensor, type Tensor, zeros } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { faultsOf } from '../../errors/test/faults-of.js';
import { nativeErrors } from '../../errors/test/wrong-arguments.js';
import {
  applyClassifier,
  applyClip,
  applyM3ae,
  applyMae,
  initClassifier,
  initClip,
  initM3ae,
  initMae,
  poolTokens,
  positions1d,
  positions2d,
  representClipImages,
  representClipText,
  representM3ae,
  representMae,
  resolveClassifierConfig,
  resolveClipConfig,
  resolveM3aeConfig,
} from '../src/index.js';

const sizes = {
  embedDim: 8,
  depth: 1,
  heads: 2,
  decoderDim: 8,
  decoderDepth: 1,
  decoderHeads: 2,
  patchSize: 2,
  vocabSize: 9,
};
const text = { length: 3 };

/** A value of which other fields are not tried: configs and parameters are made by functions that check them. */
const whole = <Value extends object>(value: Value) => Object.create(value) as Value;
const config = resolveM3aeConfig(sizes);
const clip = resolveClipConfig(sizes, { textTower: text });
const classifier = resolveClassifierConfig(sizes, { classes: 3 });
const tensors = (params: unknown) =>
  mapTree<NdArray, Tensor>(params as NdArray, ({ shape, data }) => tensor(data, shape as number[])) as object;
const host = initM3ae(key(0), config);
const [params, maeParams] = [tensors(host), tensors(initMae(key(0), config))];
const [clipParams, classifierParams] = [
  tensors(initClip(key(0), clip)),
  tensors(initClassifier(key(0), classifier)),
];
const plan = planTensors(randomMask(key(0), { length: 4, maskRatio: 0.5, rows: 2 }));
const patches = ones([2, 4, 12]);
const ids = { tokenIds: zeros([2, 3], 'int32'), paddingMask: zeros([2, 3]) };

test.each<[string, (...args: never[]) => unknown, unknown[]]>([
  ['resolveM3aeConfig', resolveM3aeConfig, [sizes]],
  ['resolveClipConfig', resolveClipConfig, [sizes, { textTower: text }]],
  ['resolveClassifierConfig', resolveClassifierConfig, [sizes, { classes: 3 }]],
  [
    'applyM3ae',
    applyM3ae,
    [Object.assign(whole({}), params), whole(config), { patches, ...ids, imagePlan: plan }, { grid: [2, 2] }],
  ],
  [
    'applyMae',
    applyMae,
    [Object.assign(whole({}), maeParams), whole(config), { patches, imagePlan: plan }, {}],
  ],
  ['representM3ae', representM3ae, [Object.assign(whole({}), params), whole(config), { patches, ...ids }]],
  [
    'representMae',
    representMae,
    [Object.assign(whole({}), maeParams), whole(config), { patches }, { grid: [2, 2] }],
  ],
  ['applyClip', applyClip, [Object.assign(whole({}), clipParams), whole(clip), { patches, ...ids }, {}]],
  [
    'representClipImages',
    representClipImages,
    [Object.assign(whole({}), clipParams), whole(clip), { patches }],
  ],
  ['representClipText', representClipText, [Object.assign(whole({}), clipParams), whole(clip), ids]],
  [
    'applyClassifier',
    applyClassifier,
    [Object.assign(whole({}), classifierParams), whole(classifier), { patches }],
  ],
  ['positions1d', positions1d, [3, 8]],
  ['positions2d', positions2d, [2, 2, 8]],
])('%s refuses arguments of a wrong kind by name', (_, fn, args) => {
  expect(() => fn(...(args as never[]))).not.toThrow();
  expect(nativeErrors(fn, args)).toEqual([]);
});

test('parameters of the host are refused, and a config that was not resolved', () => {
  const run = (...args: unknown[]) => faultsOf(() => applyM3ae(...(args as Parameters<typeof applyM3ae>)));
  expect(run(host, config, { patches })[0]!.path).toMatch(/^params\./);
  expect(run(params, { size: 'small' }, { patches })).toMatchObject([{ path: 'config' }]);
});

test('a misspelled word is not the other one', () => {
  expect(() =>
    applyMae(maeParams as never, config, { patches: patches as never }, { predict: 'hiden' as 'hidden' }),
  ).toThrow(/predict must be all or hidden/);
  expect(() => poolTokens(ones([1, 3, 2]), 'clss' as 'cls')).toThrow(/pooling must be cls or mean/);
});

test('a wrong size is told beside every other fault, and its misspelled name with the right one', () => {
  expect(faultsOf(() => resolveM3aeConfig({ size: 'smal' as 'small', depth: 0 }))).toMatchObject([
    { path: 'size', remedy: 'Did you mean small?' },
    { path: 'depth' },
  ]);
  expect(faultsOf(() => resolveM3aeConfig({ siez: 'small' } as object))).toMatchObject([
    { path: 'siez', remedy: 'Did you mean size?' },
  ]);
});
