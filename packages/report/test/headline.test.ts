import { expect, test } from 'vitest';
import { headlineCards } from '../src/index.js';
import { runReport } from './support/run-report.js';

const { probe, knn } = runReport.evaluations;
const training = { steps: 1200, batchSize: 64, seconds: 65 };
const model = { parameters: 74_782_266, depth: 12, embedDim: 384 };

test('the main figures: the best features beside raw pixels, the training and the size', () => {
  expect(headlineCards({ probe, training, model })).toEqual([
    { label: 'Linear accuracy, unseen emoji', value: '40.0 %', note: 'raw pixels 20.0 %' },
    { label: 'Training', value: '1,200 steps', note: 'of 64 examples, in 1 min 05 s' },
    { label: 'Parameters', value: '74.8 M', note: '12 encoder blocks of width 384' },
  ]);
});

test('raw pixels that do best are not compared with themselves, and those of old results are missing', () => {
  const { pixels, ...others } = knn!.features;
  const noteOf = (results: typeof knn) => headlineCards({ knn: results, training, model })[0]!.note;
  expect(noteOf({ ...knn!, best: 'pixels' })).toBe('of raw pixels alone');
  expect(noteOf({ ...knn!, features: others })).toBe('raw pixels not measured');
  expect(pixels).toBeDefined();
});
