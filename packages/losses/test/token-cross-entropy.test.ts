import '@tensorflow/tfjs-backend-cpu';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import {
  memory,
  setBackend,
  sum,
  tensor1d,
  tensor2d,
  type Tensor2D,
  tensor3d,
  type Tensor3D,
  tidy,
} from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { rowCrossEntropy } from '@m3ae/ops';
import { tokenCrossEntropy, validTokens } from '../src/index.js';
import { gradientOf } from './helpers/gradients.js';

const wasm = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
setWasmPaths(`${dirname(wasm)}/`);
const value = (x: { dataSync(): ArrayLike<number> }) => x.dataSync()[0]!;

// The reference's own code gives these numbers.
const logits = [
  [
    [2, 0, 0],
    [0, 1, 0],
    [0, 0, 3],
  ],
  [
    [0, 0, 0],
    [1, 0, 0],
    [0, 0, 0],
  ],
];
const ids = [
  [0, 1, 0],
  [2, 0, 1],
];

// Oracle: one number after the other, in double precision.
function slowLoss(rows: number[][][], labels: number[][], valid: number[][]): number {
  const perExample = rows.map((tokens, b) => {
    const counted = valid[b]!.reduce((a, c) => a + c);
    const total = tokens.reduce((sofar, row, t) => {
      const logSum = Math.log(row.reduce((s, x) => s + Math.exp(x), 0));
      return sofar + valid[b]![t]! * (logSum - row[labels[b]![t]!]!);
    }, 0);
    return total / Math.max(counted, 1e-5);
  });
  return perExample.reduce((a, b) => a + b) / perExample.length;
}

describe.each(['cpu', 'wasm'])('on %s', (backend) => {
  beforeAll(async () => {
    await setBackend(backend);
  });

  test.each([
    [
      [
        [1, 1, 1],
        [1, 1, 1],
      ],
      1.1057637,
      0.5,
      1.1057637,
      0.5,
      2,
    ],
    [
      [
        [1, 0, 1],
        [0, 0, 0],
      ],
      0.833617,
      0.25,
      1.667234,
      0.5,
      1,
    ],
    [
      [
        [0, 0, 0],
        [0, 0, 0],
      ],
      0,
      0,
      0,
      0,
      0,
    ],
  ])('valid %j', (valid, loss, accuracy, validOnlyLoss, validOnlyAccuracy, examples) => {
    const scores = tokenCrossEntropy(tensor3d(logits), tensor2d(ids, [2, 3], 'int32'), tensor2d(valid));
    expect(value(scores.loss)).toBeCloseTo(loss, 6);
    expect(value(scores.accuracy)).toBeCloseTo(accuracy, 6); // of equal logits the first is the guess
    expect(value(scores.validOnlyLoss)).toBeCloseTo(validOnlyLoss, 5);
    expect(value(scores.validOnlyAccuracy)).toBeCloseTo(validOnlyAccuracy, 6);
    expect(value(scores.validExamples)).toBe(examples);
    expect(value(scores.loss)).toBeCloseTo(slowLoss(logits, ids, valid), 6);
  });

  test('the gradient equals finite differences of the definition', () => {
    const valid = [
      [1, 0, 1],
      [0, 1, 0],
    ];
    const gradient = gradientOf(tensor3d(logits), (x) => {
      return tokenCrossEntropy(x as Tensor3D, tensor2d(ids, [2, 3], 'int32'), tensor2d(valid)).loss;
    }).arraySync() as number[][][];
    logits.forEach((tokens, b) =>
      tokens.forEach((row, t) =>
        row.forEach((_, v) => {
          const step = (by: number) => {
            const changed = structuredClone(logits);
            changed[b]![t]![v]! += by;
            return slowLoss(changed, ids, valid);
          };
          expect(gradient[b]![t]![v]).toBeCloseTo((step(1e-5) - step(-1e-5)) / 2e-5, 5);
        }),
      ),
    );
  });

  test('large logits stay finite', () => {
    const rows = tensor2d([
      [1e4, -1e4],
      [-1e4, 1e4],
    ]);
    const labels = tensor1d([1, 1], 'int32');
    expect([...rowCrossEntropy(rows, labels).dataSync()]).toEqual([2e4, 0]);
    const gradient = gradientOf(rows, (x) => sum(rowCrossEntropy(x as Tensor2D, labels)));
    expect(gradient.arraySync()).toEqual([
      [1, -1],
      [0, 0],
    ]);
  });

  test('nothing is left behind', () => {
    const [rows, labels, valid] = [tensor3d(logits), tensor2d(ids, [2, 3], 'int32'), tensor2d(ids)];
    const before = memory().numTensors;
    tidy(() => void tokenCrossEntropy(rows, labels, valid));
    expect(memory().numTensors).toBe(before);
    Object.values(tokenCrossEntropy(rows, labels, valid)).forEach((score) => score.dispose());
    expect(memory().numTensors).toBe(before);
  });
});

test('hidden and real tokens count, or all real ones', () => {
  const bit = fc.integer({ min: 0, max: 1 });
  const row = fc.array(bit, { minLength: 4, maxLength: 4 });
  fc.assert(
    fc.property(row, row, row, (mask, first, second) => {
      const paddingMask = tensor2d([first, second]);
      const real = [first, second].map((padding) => padding.map((pad) => 1 - pad));
      expect(validTokens({ paddingMask }).arraySync()).toEqual(real);
      const hidden = real.map((tokens) => tokens.map((token, t) => token * mask[t]!));
      expect(validTokens({ paddingMask, mask: tensor2d([mask]) }).arraySync()).toEqual(hidden);
      expect(validTokens({ paddingMask, mask: tensor2d([mask, mask]) }).arraySync()).toEqual(hidden);
    }),
    { numRuns: 30 },
  );
  expect(() => validTokens({ paddingMask: tensor2d([[0, 1]]), mask: tensor2d([[0, 1, 1]]) })).toThrow(
    'mask must be [1 or 1, 2]; received [1,3]. Draw the plan for this sequence and batch.',
  );
});

test('shapes are compared, never broadcast', () => {
  const rows = tensor3d(logits);
  expect(() => tokenCrossEntropy(rows, tensor2d([[0, 1, 0]], [1, 3], 'int32'), tensor2d(ids))).toThrow(
    'tokenIds must be [batch, tokens] = [2,3]; received [1,3]. Give each predicted token one entry.',
  );
  expect(() => tokenCrossEntropy(rows, tensor2d(ids, [2, 3], 'int32'), tensor2d([[1, 1, 1]]))).toThrow(
    'valid must be [batch, tokens] = [2,3]; received [1,3]. Give each predicted token one entry.',
  );
});
