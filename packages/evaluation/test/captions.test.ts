import { createRunner } from '@m3ae/compile';
import { planFromMask, planTensors } from '@m3ae/masking';
import { applyM3ae, type M3aeParams } from '@m3ae/transformer';
import { mapTree } from '@m3ae/tree';
import { type Tensor, tensor, tensor2d, type Tensor3D, tidy } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { expect, test } from 'vitest';
import { captionLikelihood } from '../src/retrieval.js';
import { grid, largestDifference, patches, textLength, tinyModel } from './support-model.js';

const { config, params, pairs } = tinyModel();
const model = { config, params, textLength, grid };
const captions = [[3, 7, 1], [12, 0, 4, 4, 9], [5], [2, 8, 11, 6]];
const pictures = { shape: [3, patches, 4], data: pairs.patches.data.slice(0, 3 * patches * 4) };
const candidates = { patches: pictures, captions };

/** Passes done before, which are slow. */
const known = new Map<string, number[]>();

function slowPass(ids: number[], hidden: number[], picture: number | undefined): number[] {
  const name = JSON.stringify([ids, hidden, picture]);
  const result = known.get(name) ?? computePass(ids, hidden, picture);
  known.set(name, result);
  return result;
}

/** log p of the hidden pieces of one caption, all tokens predicted, one example at a time, without a runner. */
function computePass(ids: number[], hidden: number[], picture: number | undefined): number[] {
  return tidy(() => {
    const tokenIds = Int32Array.from({ length: textLength }, (_, at) => ids[at] ?? 0);
    const padding = Float32Array.from({ length: textLength }, (_, at) => (at < ids.length ? 0 : 1));
    const mask = Array.from({ length: textLength }, (_, at) => hidden.includes(at));
    const shown = pictures.data.slice((picture ?? 0) * patches * 4, ((picture ?? 0) + 1) * patches * 4);
    const weights = mapTree(params as never, (leaf: typeof pairs.patches) =>
      tensor(leaf.data, leaf.shape as number[]),
    ) as unknown as M3aeParams<Tensor>;
    const { output } = applyM3ae(
      weights,
      config,
      {
        ...(picture !== undefined && { patches: tensor(shown, [1, patches, 4]) as Tensor3D }),
        tokenIds: tensor2d(tokenIds, [1, textLength], 'int32'),
        paddingMask: tensor2d(padding, [1, textLength]),
        textPlan: planTensors(planFromMask(mask)),
      },
      picture !== undefined ? { grid } : {},
    );
    const logits = output.text!.dataSync();
    return hidden.map((place) => {
      const row = [...logits.subarray(place * config.vocabSize, (place + 1) * config.vocabSize)];
      const total = row.reduce((sum, logit) => sum + Math.exp(logit), 0);
      return row[ids[place]!]! - Math.log(total);
    });
  });
}

const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);

/** Each piece hidden in turn. */
const slowScore = (ids: number[], picture?: number) =>
  sum(ids.flatMap((_, place) => slowPass(ids, [place], picture)));

test.each(['eager:cpu', 'compiled'] as const)(
  'on %s the score is that of one pass a piece',
  async (engine) => {
    const runner = createRunner({ engine, threads: 1 });
    const expected = [0, 1, 2].flatMap((picture) => captions.map((ids) => slowScore(ids, picture)));
    // 39 passes, 16 at a time: the last batch is filled up.
    const { scores, textOnly } = await captionLikelihood(runner, model, candidates, {
      reduce: 'sum',
      batchSize: 16,
    });
    expect([scores.rows, scores.columns]).toEqual([3, 4]);
    expect(largestDifference(scores.data, expected)).toBeLessThan(5e-5);
    expect(textOnly).toBeUndefined();

    const alone = captions.map((ids) => slowScore(ids) / ids.length);
    const taken = await captionLikelihood(runner, model, candidates, { subtractTextOnly: true });
    expect(largestDifference(taken.textOnly!, alone)).toBeLessThan(2e-5);
    const gains = expected.map((score, i) => score / captions[i % 4]!.length - alone[i % 4]!);
    expect(largestDifference(taken.scores.data, gains)).toBeLessThan(3e-5);
  },
);

test.each([1, 2, 3])('%d groups hide every piece once, together with its group', async (groups) => {
  const expected = [0, 1, 2].flatMap((picture) =>
    captions.map((ids) => {
      const count = Math.min(groups, ids.length);
      const parts = Array.from({ length: count }, (_, group) =>
        [...ids.keys()].filter((at) => at % count === group),
      );
      return sum(parts.flatMap((hidden) => slowPass(ids, hidden, picture))) / ids.length;
    }),
  );
  const { scores } = await captionLikelihood(createRunner({ engine: 'eager:cpu' }), model, candidates, {
    groups,
  });
  expect(largestDifference(scores.data, expected)).toBeLessThan(2e-5);
});

test('only the pairs asked for are scored', async () => {
  const runner = createRunner({ engine: 'eager:cpu' });
  const all = await captionLikelihood(runner, model, candidates);
  const some = await captionLikelihood(runner, model, {
    ...candidates,
    pairs: [
      [2, 1],
      [0, 3],
    ],
  });
  for (const at of [9, 3]) expect(some.scores.data[at]).toBeCloseTo(all.scores.data[at]!, 5);
  expect(some.scores.data.filter(Number.isNaN)).toHaveLength(10);
});

test('a picture counts: its order of captions is its own', async () => {
  const { scores } = await captionLikelihood(createRunner({ engine: 'eager:cpu' }), model, candidates);
  const row = (picture: number) => scores.data.slice(4 * picture, 4 * picture + 4);
  expect(largestDifference(row(0), row(1))).toBeGreaterThan(1e-3);
});

test('what cannot be scored is named, all at once', async () => {
  const runner = createRunner({ engine: 'eager:cpu' });
  const score = (change: object, options: object = {}, weights: object = params) =>
    captionLikelihood(runner, { ...model, params: weights as never }, { ...candidates, ...change }, options);
  await expect(score({ captions: [[1], [1, 2, 3, 4, 5, 6], [], [13]] })).rejects.toThrow(
    [
      'captions[1] must be at most 5 pieces, the text of the model; received 6. Shorten the caption.',
      'captions[2] must be at least one piece; received none. Leave out empty captions.',
      'captions[3] must be ids in [0, 13); received 13. Encode it with the vocabulary of the model.',
    ].join('\n'),
  );
  const { textEmbedding, textMaskToken, textHead, ...pictureOnly } = params;
  expect([textEmbedding, textMaskToken, textHead].every((each) => each !== undefined)).toBe(true);
  await expect(score({}, {}, pictureOnly)).rejects.toThrow(
    'params must be those of a model with text; received parameters without textEmbedding, textMaskToken, textHead. ' +
      'Use a model that was trained with captions.',
  );
  await expect(score({ captions: [] }, { groups: 0 })).rejects.toThrow(
    'captions must be at least one caption; received none. Pass the candidates.\n' +
      'groups must be each or a positive integer; received 0. Take each, or 4 for less work.',
  );
  await expect(score({ pairs: [[0, 4]] })).rejects.toThrow(
    'pairs[0] must be a picture below 3 and a caption below 4; received [0, 4]. Count both from 0.',
  );
  const none = { shape: [0, patches, 4], data: new Float32Array(0) };
  await expect(score({ patches: none })).rejects.toThrow(
    'patches must be at least one picture; received none.',
  );
});
