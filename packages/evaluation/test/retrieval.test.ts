import { key, normal } from '@m3ae/random';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Matrix } from '../src/index.js';
import { classTextFeatures, cosineSimilarity, pairsByCaption, recallAt, zeroShot } from '../src/retrieval.js';
import { plainProduct } from './plain-product.js';

const matrix = (values: ArrayLike<number>, columns: number): Matrix => ({
  rows: values.length / columns,
  columns,
  data: Float32Array.from(values),
});
const rowOf = ({ columns, data }: Matrix, row: number) =>
  Array.from(data.subarray(row * columns, (row + 1) * columns));

/** Cosine by its formula. */
function cosine(a: number[], b: number[]): number {
  const dot = (x: number[], y: number[]) => x.reduce((sum, value, at) => sum + value * y[at]!, 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

/** All orders of some things; for up to six of them. */
function ordersOf<T>(things: T[]): T[][] {
  if (things.length < 2) return [things];
  return things.flatMap((thing, at) =>
    ordersOf(things.filter((_, other) => other !== at)).map((rest) => [thing, ...rest]),
  );
}

/** Recall by trying every order of the answers in which similarity never rises. */
function slowRecall(similarity: number[][], queries: number[], answers: number[], k: number): number {
  const shares = queries.map((group, query) => {
    const orders = ordersOf(answers.map((_, at) => at)).filter((order) =>
      order.every(
        (at, place) => place === 0 || similarity[query]![order[place - 1]!]! >= similarity[query]![at]!,
      ),
    );
    const hits = orders.filter((order) => order.slice(0, k).some((at) => answers[at] === group));
    return hits.length / orders.length;
  });
  return shares.reduce((sum, share) => sum + share, 0) / shares.length;
}

test('recall is the mean over all orders of equal answers, both ways, with several right ones', () => {
  const small = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 25, maxLength: 25 });
  const groups = fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 2 });
  fc.assert(
    fc.property(small, groups, groups, fc.integer({ min: 1, max: 6 }), (values, moreImages, moreTexts, k) => {
      // Groups 0 to 2 are on both sides, so that every query has a right answer.
      const [images, texts] = [
        [0, 1, 2, ...moreImages],
        [2, 0, 1, ...moreTexts],
      ] as [number[], number[]];
      const table = images.map((_, image) => texts.map((_, text) => values[image * 5 + text]!));
      const { imageToText, textToImage } = recallAt(matrix(table.flat(), texts.length), { images, texts }, [
        k,
      ]);
      expect(imageToText[`r${k}`]!.value).toBeCloseTo(slowRecall(table, images, texts, k), 12);
      const turned = texts.map((_, text) => images.map((_, image) => table[image]![text]!));
      expect(textToImage[`r${k}`]!.value).toBeCloseTo(slowRecall(turned, texts, images, k), 12);
    }),
    { numRuns: 40 },
  );
});

test('a model that finds all alike gets what guessing gets', () => {
  const captions = Array.from({ length: 50 }, (_, at) => `picture ${at}`);
  const { imageToText, textToImage } = recallAt(matrix(new Float32Array(2500), 50), pairsByCaption(captions));
  expect(Object.keys(imageToText)).toEqual(['r1', 'r5', 'r10']);
  expect(
    [imageToText.r1!.value, imageToText.r5!.value, textToImage.r10!.value].map((v) => v.toFixed(10)),
  ).toEqual(['0.0200000000', '0.1000000000', '0.2000000000']);
  expect(imageToText.r5).toMatchObject({ count: 50 });
  expect(imageToText.r5!.low).toBeLessThan(0.1);
  expect(imageToText.r5!.high).toBeGreaterThan(0.1);
});

test('pictures of one caption are right answers of each other', () => {
  const pairs = pairsByCaption(['a cat', 'a dog', 'a cat']);
  expect([...(pairs.images as Int32Array)]).toEqual([0, 1, 0]);
  const similarity = matrix([0, 0, 1, 0, 1, 0, 1, 0, 0], 3); // each cat finds the caption of the other
  expect(recallAt(similarity, pairs, [1]).imageToText.r1!.value).toBe(1);
  expect(
    recallAt(similarity, { images: [0, 1, 2], texts: [0, 1, 2] }, [1]).imageToText.r1!.value,
  ).toBeCloseTo(1 / 3);
});

const images = matrix(normal(key(0), 20 * 4), 4);
const prompts = matrix(normal(key(1), 7 * 4), 4);
const classOf = [0, 0, 1, 2, 2, 2, 1];

test('zero-shot classes are the mean of their prompts by cosine', async () => {
  const texts = classTextFeatures(prompts, classOf, 3);
  const { predicted, similarity } = await zeroShot(images, texts, plainProduct);
  for (let image = 0; image < images.rows; image++) {
    const slow = [0, 1, 2].map((label) => {
      const rows = classOf.flatMap((own, at) => (own === label ? [rowOf(prompts, at)] : []));
      const unit = rows.map((row) => row.map((value) => value / Math.hypot(...row)));
      const mean = unit[0]!.map((_, at) => unit.reduce((sum, row) => sum + row[at]! / unit.length, 0));
      return cosine(rowOf(images, image), mean);
    });
    slow.forEach((value, label) => expect(similarity.data[image * 3 + label]).toBeCloseTo(value, 6));
    expect(predicted[image]).toBe(slow.indexOf(Math.max(...slow)));
  }
});

test('the length of a picture feature or of a prompt changes nothing', async () => {
  const longer = (features: Matrix): Matrix => ({
    ...features,
    data: features.data.map((value, at) => value * (1 + Math.floor(at / features.columns))),
  });
  const plain = await zeroShot(images, classTextFeatures(prompts, classOf, 3), plainProduct);
  const scaled = await zeroShot(longer(images), classTextFeatures(longer(prompts), classOf, 3), plainProduct);
  expect(scaled.predicted).toEqual(plain.predicted);
});

describe('bad input', () => {
  test('a class without a prompt', () => {
    expect(() => classTextFeatures(prompts, classOf, 5)).toThrow(
      'prompts must be at least one a class; received none for class 3, 4. Write one for each class, such as its name.',
    );
  });

  test('towers of different width, and features that are not finite', async () => {
    await expect(cosineSimilarity(images, matrix([1, NaN, 3], 3), plainProduct)).rejects.toThrow(
      /textFeatures must be finite numbers; received NaN in row 0\..*\ntextFeatures must be of 4 columns, as imageFeatures; received 3\./s,
    );
  });

  test('groups that do not fit, all at once', () => {
    expect(() => recallAt(matrix([1, NaN], 2), { images: [0, 1], texts: [0] }, [0])).toThrow(
      /similarity must be finite numbers.*\npairs\.images must be one group for each of 1 rows; received 2\..*\npairs\.texts must be one group for each of 2 columns; received 1\..*\nks must be positive integers; received 0\./s,
    );
  });

  test('a query without a right answer', () => {
    expect(() => recallAt(matrix([1, 2], 2), { images: [0], texts: [0, 4] })).toThrow(
      'pairs.texts must be groups that the other side has too; received 4 in row 1. Leave out what has no partner',
    );
  });

  test('an empty set', () => {
    expect(() => recallAt(matrix([], 2), { images: [], texts: [0, 1] })).toThrow(
      'similarity must be a matrix of at least one row',
    );
  });
});
