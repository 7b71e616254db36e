import { normalizeTargets, patchMse, tokenCrossEntropy } from '@m3ae/losses';
import { randomMask } from '@m3ae/masking';
import { foldIn, key, uniform } from '@m3ae/random';
import {
  log,
  tensor2d,
  tensor3d,
  type Tensor2D,
  type Tensor3D,
  tile,
  zerosLike,
} from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { expect, test } from 'vitest';
import {
  entropyOf,
  finalLosses,
  guessedLosses,
  meanColorLoss,
  pieceFrequencyLoss,
  finalLossLines,
} from '../src/index.js';

test('one color for all pictures: its loss is that of the mean color', () => {
  const [batch, patches, patchDim] = [3, 4, 12] as const;
  const values = uniform(key(1), batch * patches * patchDim).map((value, at) => value * ((at % 3) + 1));
  const target = tensor3d(values, [batch, patches, patchDim]);
  const colors = [0, 1, 2].map((channel) => {
    const own = values.filter((_, at) => at % 3 === channel);
    return own.reduce((sum, value) => sum + value, 0) / own.length;
  });
  const guess = tile(tensor3d(colors, [1, 1, 3]), [batch, patches, patchDim / 3]) as Tensor3D;
  expect(meanColorLoss(values, patchDim, false)).toBeCloseTo(patchMse(guess, target).dataSync()[0]!, 5);
  const normalized = normalizeTargets(target);
  expect(meanColorLoss(values, patchDim, true)).toBeCloseTo(
    patchMse(zerosLike(normalized), normalized).dataSync()[0]!,
    5,
  );
});

test('entropies of distributions that can be worked out by hand', () => {
  expect(entropyOf([1, 1, 1, 1])).toBeCloseTo(Math.log(4), 12);
  expect(entropyOf([3, 0, 1])).toBeCloseTo(Math.log(4) - 0.75 * Math.log(3), 12);
});

test('guessing pieces by their frequency has the loss that masks drawn at random give', () => {
  const captions = [[1], [1, 2], [3, 1, 2], [1, 1, 4, 5, 2, 3], []];
  const options = { maxLength: 6, maskRatio: 0.5 };
  const rows = 3000;
  // What a model that knows only frequencies can do at best: the logarithm of each piece's weight in the loss.
  const weights = new Float32Array(6).fill(1e-6); // no piece is impossible
  const valid: number[][] = [];
  const ids: number[][] = [];
  for (let at = 0; at < rows; at++) {
    const caption = captions[at % captions.length]!;
    const { mask } = randomMask(foldIn(key(2), at), { length: 6, maskRatio: 0.5 });
    const counts = Array.from(mask.data, (hidden, place) => (place < caption.length ? hidden : 0));
    const hidden = counts.reduce((sum, one) => sum + one, 0);
    caption.forEach((id, place) => (weights[id]! += counts[place]! / Math.max(1, hidden)));
    valid.push(counts);
    ids.push([...caption, ...new Array<number>(6 - caption.length).fill(0)]);
  }
  const logits = tile(log(tensor3d(weights, [1, 1, 6])), [rows, 6, 1]) as Tensor3D;
  const { loss } = tokenCrossEntropy(logits, tensor2d(ids, [rows, 6], 'int32'), tensor2d(valid) as Tensor2D);
  // softmax over logarithms of counts gives their shares
  expect(pieceFrequencyLoss(captions, options) / loss.dataSync()[0]!).toBeCloseTo(1, 1);
  expect(pieceFrequencyLoss(captions, { ...options, usedShare: 0.5 })).toBeCloseTo(
    pieceFrequencyLoss(captions, options) / 2,
    10,
  );
});

test('the last tenth of the steps counts, and what was never logged is left out', () => {
  const lines = [
    { step: 5, loss: 9 },
    { step: 19, loss: 2, other: null },
    { step: 20, loss: 4, other: null },
  ];
  const found = finalLosses(lines, 20, { loss: 6, other: 1, absent: 1 });
  expect(found).toEqual({ loss: { last: 3, guessing: 6, share: 0.5 } });
  expect(finalLosses(lines.slice(0, 1), 20, { loss: 9 }).loss!.share).toBe(1);
});

test('each method has the losses of its own metrics', async () => {
  const patches = { shape: [2, 1, 3], data: Float32Array.of(1, 2, 3, 3, 2, 5) };
  const loads: Int32Array[] = [];
  const examples = {
    dataset: { kind: 'paired' as const, labels: Int32Array.of(0, 1, 1, 2), caption: () => 'ab' },
    indices: Int32Array.of(1, 2, 3),
    loader: {
      load: async ({ indices }: { readonly indices: Int32Array }) => (
        loads.push(indices),
        { indices, patches }
      ),
    },
    tokenizer: { encode: (text: string) => [...text].map((letter) => letter.charCodeAt(0)) },
  };
  const sizes = {
    image: { size: 1, patchSize: 1, maskRatio: 0.5 },
    text: { maxLength: 4, maskRatio: 0.5 },
    loss: { normalizeTargets: false, textAllTokens: false },
    train: { batchSize: 8 },
    data: { pairedShare: 1, dropText: 0 },
  };
  const losses = (method: 'm3ae' | 'mae' | 'clip' | 'supervised') =>
    guessedLosses({ ...sizes, method }, examples);
  expect(await losses('clip')).toEqual({ loss: Math.log(8) });
  expect((await losses('supervised')).loss).toBeCloseTo(Math.log(3) - (2 / 3) * Math.log(2), 12);
  // Channels (1, 3), (2, 2) and (3, 5): variances 1, 0 and 1.
  expect(await losses('mae')).toEqual({ imageLoss: 2 / 3 });
  // Two pieces, as often as each other; of four places two are hidden, so that both are seen in one case of six.
  const { imageLoss, textLoss } = await losses('m3ae');
  expect([imageLoss, textLoss! / Math.log(2)]).toEqual([2 / 3, expect.closeTo(5 / 6, 12)]);
  expect(loads[0]).toEqual(examples.indices);
});

test('losses no lower than guessing are warned of, others not', () => {
  const losses = {
    imageLoss: { last: 0.99, guessing: 1, share: 0.99 },
    textLoss: { last: 3, guessing: 6, share: 0.5 },
  };
  const lines = finalLossLines(losses, 'Train longer.');
  expect(lines).toHaveLength(3);
  expect(lines.filter((line) => line.startsWith('Warning'))).toEqual([
    expect.stringMatching(/imageLoss is 99 %.* Train longer\.$/),
  ]);
});
