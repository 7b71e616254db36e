import '@tensorflow/tfjs-backend-cpu';
import { gatherTokens, planFromMask, planTensors, wholePlan } from '@m3ae/masking';
import { ndArray } from '@m3ae/tree';
import {
  add,
  gather,
  memory,
  mul,
  setBackend,
  slice,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
  tidy,
} from '@tensorflow/tfjs-core';
import { beforeEach, expect, test } from 'vitest';
import { applyM3ae, applyMae, type MaeParams, representM3ae } from '../src/index.js';
import {
  batch,
  example,
  grid,
  largestDifference,
  patches,
  setUp,
  textLength,
} from './helpers/small-model.js';
import { toTensor } from './helpers/tensors.js';

beforeEach(async () => {
  await setBackend('cpu');
});

test.each([{}, { outputHeadDepth: 1 }, { useTypeEmbedding: false }, { channels: 4 }])(
  'predicting the hidden tokens alone gives what predicting all gives there: %o',
  (change) => {
    const { config, params, inputs } = setUp(change);
    const all = applyM3ae(params, config, inputs, { grid }).output;
    const hidden = applyM3ae(params, config, inputs, { grid, predict: 'hidden' }).output;
    const image = gatherTokens(all.image!, 'hidden', inputs.imagePlan);
    const text = gatherTokens(all.text!, 'hidden', wholePlan(inputs.textPlan));
    expect(largestDifference(hidden.image!, image)).toBeLessThan(2e-6);
    expect(largestDifference(hidden.text!, text)).toBeLessThan(2e-6);
  },
);

test('an example does not see the others of its batch', () => {
  const { config, params, inputs } = setUp();
  const whole = applyM3ae(params, config, inputs, { grid }).output;
  const alone = {
    patches: example(inputs.patches, 1),
    tokenIds: example(inputs.tokenIds, 1),
    paddingMask: example(inputs.paddingMask, 1),
    imagePlan: Object.fromEntries(
      Object.entries(inputs.imagePlan).map(([name, x]) => [name, example(x as Tensor, 1)]),
    ) as never,
    textPlan: inputs.textPlan,
  };
  const single = applyM3ae(params, config, alone, { grid }).output;
  expect(largestDifference(single.image!, example(whole.image!, 1))).toBeLessThan(2e-6);
  expect(largestDifference(single.text!, example(whole.text!, 1))).toBeLessThan(2e-6);
});

test('padded keys weigh exactly 0, in encoder and decoder, and their ids do not matter', () => {
  const { config, params, inputs } = setUp();
  const { output, activations } = representM3ae(params, config, inputs, { grid });
  const weights = activations['encoder.blocks.1.attention.weights']!.arraySync() as number[][][][];
  const padding = inputs.paddingMask.arraySync();
  for (let b = 0; b < batch; b++) {
    for (const head of weights[b]!) {
      for (const row of head) {
        expect(row.reduce((a, c) => a + c)).toBeCloseTo(1, 5);
        padding[b]!.forEach((pad, t) => expect(row[1 + patches + t] === 0).toBe(pad === 1));
      }
    }
  }
  const other = add(inputs.tokenIds, mul(inputs.paddingMask, 3)).arraySync() as number[][];
  const changed = toTensor(
    ndArray(
      Int32Array.from(other.flat(), (id) => id % 13),
      [batch, textLength],
    ),
  ) as Tensor2D;
  const again = representM3ae(params, config, { ...inputs, tokenIds: changed }, { grid }).output;
  const real = [1 + patches - 1, 0];
  for (const token of real) {
    const at = (x: Tensor3D) => slice(x, [0, token, 0], [batch, 1, -1]);
    expect(largestDifference(at(output), at(again))).toBe(0);
  }
  const { activations: decoding } = applyM3ae(params, config, inputs, { grid });
  const last = decoding['decoder.blocks.1.attention.weights']!.arraySync() as number[][][][];
  expect(last[2]![0]![0]!.slice(1 + patches)).toEqual([0, 0, 0, 0, 0]);
});

test('a caption of padding alone gives what the picture alone gives', () => {
  const { config, params, inputs } = setUp();
  const pair = applyM3ae(params, config, inputs, { grid }).output.image!;
  const { patches: pictures, imagePlan } = inputs;
  const alone = applyM3ae(params, config, { patches: pictures, imagePlan }, { grid }).output;
  expect(alone.text).toBeUndefined();
  // The third caption is all padding.
  expect(largestDifference(example(pair, 2), example(alone.image!, 2))).toBeLessThan(2e-6);
});

test('MAE is M3AE without text', () => {
  const { config, params, inputs } = setUp();
  const { patches: pictures, imagePlan } = inputs;
  const m3ae = applyM3ae(params, config, { patches: pictures, imagePlan }, { grid }).output.image!;
  const mae = applyMae(
    params as unknown as MaeParams<Tensor>,
    config,
    { patches: pictures, imagePlan },
    { grid },
  );
  expect(largestDifference(m3ae, mae.output.image!)).toBe(0);
});

test('activations carry the names of the parts that made them', () => {
  const { config, params, inputs } = setUp();
  const { activations, output } = applyM3ae(params, config, inputs, { grid });
  const tokens = 1 + patches + textLength;
  const kept = 1 + 3 + 3;
  expect(
    Object.fromEntries(Object.entries(activations).map(([name, { shape }]) => [name, shape])),
  ).toMatchObject({
    imageEmbedding: [batch, 3, 16],
    textEmbedding: [batch, 3, 16],
    'encoder.input': [batch, kept, 16],
    'encoder.blocks.0.attention.weights': [batch, 2, kept, kept],
    'encoder.blocks.0.attention.output': [batch, kept, 16],
    'encoder.blocks.0.mlp.hidden': [batch, kept, 64],
    'encoder.blocks.0.mlp.output': [batch, kept, 16],
    'encoder.blocks.1.output': [batch, kept, 16],
    'encoder.output': [batch, kept, 16],
    'decoder.input': [batch, tokens, 12],
    'decoder.blocks.1.attention.weights': [batch, 3, tokens, tokens],
    'decoder.output': [batch, tokens, 12],
  });
  expect(output.image!.shape).toEqual([batch, patches, 4]);
  expect(output.text!.shape).toEqual([batch, textLength, 13]);
});

test('text alone has a representation', () => {
  const { config, params, inputs } = setUp();
  const { tokenIds, paddingMask } = inputs;
  expect(representM3ae(params, config, { tokenIds, paddingMask }).output.shape).toEqual([
    batch,
    1 + textLength,
    16,
  ]);
});

test('nothing hidden, or everything, is a model too', () => {
  const { config, params, inputs } = setUp();
  const none = planTensors(planFromMask(new Array(patches).fill(0)));
  const open = applyM3ae(params, config, { patches: inputs.patches }, { grid }).output.image!;
  const same = applyM3ae(params, config, { patches: inputs.patches, imagePlan: none }, { grid }).output
    .image!;
  expect(largestDifference(open, same)).toBe(0);
  const nothing = applyM3ae(params, config, { patches: inputs.patches }, { grid, predict: 'hidden' }).output;
  expect(nothing.image).toBeUndefined();

  const all = planTensors(planFromMask(new Array(patches).fill(1)));
  const blind = { ...inputs, imagePlan: all };
  const everything = applyM3ae(params, config, blind, { grid }).output;
  const hidden = applyM3ae(params, config, blind, { grid, predict: 'hidden' }).output;
  expect(largestDifference(gatherTokens(everything.image!, 'hidden', all), hidden.image!)).toBeLessThan(2e-6);
});

test('nothing is left behind', () => {
  const { config, params, inputs } = setUp();
  const before = memory().numTensors;
  tidy(() => {
    applyM3ae(params, config, inputs, { grid });
    applyM3ae(params, config, inputs, { grid, predict: 'hidden' });
    representM3ae(params, config, inputs, { grid });
  });
  expect(memory().numTensors).toBe(before);
});

test('bad shapes are all named', () => {
  const { config, params, inputs } = setUp();
  const { tokenIds, paddingMask, patches: pictures, imagePlan } = inputs;
  expect(() => applyM3ae(params, config, {})).toThrow(
    'inputs must be patches, tokenIds or both; received neither. Leave out only the absent part.',
  );
  expect(() => applyM3ae(params, config, { patches: pictures, imagePlan })).toThrow(
    'patches must be a square number; received 6. Give options.grid = [rows, columns] for oblong pictures.',
  );
  const wide = gather(pictures, toTensor(ndArray(Int32Array.of(0, 1, 2, 3, 0), [5])) as Tensor1D, 2);
  const bad = {
    patches: wide,
    imagePlan: wholePlan(inputs.textPlan),
    tokenIds: slice(tokenIds, [0, 0], [2, 4]),
    paddingMask,
  };
  expect(() => applyM3ae(params, config, bad, { grid: [2, 2] })).toThrow(
    [
      'patches must be [batch, patches, 4]; received [3,6,5]. Patchify with patchSize 2 and 1 channels.',
      'imagePlan must be for 6 tokens in 1 or 3 rows; received [1,5]. Draw it for this sequence and batch.',
      'tokenIds must be [batch, textLength] with batch 3; received [2,4]. Pair each picture with one text.',
      'paddingMask must be of the shape of tokenIds, [2,4]; received [3,5]. Give each token one entry: 1 = padding, 0 = real.',
      'grid must be rows * columns = 6; received [2,2]. Divide height and width by patchSize.',
    ].join('\n'),
  );
});
