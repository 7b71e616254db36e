import '@tensorflow/tfjs-backend-cpu';
import { scalar, setBackend } from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { weightedSum } from '../src/index.js';

beforeAll(() => setBackend('cpu'));

test('each term times its weight', () => {
  const total = weightedSum({
    image: [scalar(2), 1],
    text: [scalar(4), 0.5],
    unpairedText: [scalar(10), 0.25],
  });
  expect(total.dataSync()[0]).toBe(6.5);
});

test('an absent term and a term of weight 0 add nothing, even if it is NaN', () => {
  expect(weightedSum({ image: [scalar(2), 1], text: undefined, other: [scalar(NaN), 0] }).dataSync()[0]).toBe(
    2,
  );
  expect(weightedSum({}).dataSync()[0]).toBe(0);
});

test('a weight that is not a number is named', () => {
  expect(() => weightedSum({ text: [scalar(1), NaN] })).toThrow(
    'weight of text must be a finite number; received NaN. The reference has 1 for image, 0.5 for text.',
  );
});
