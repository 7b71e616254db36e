import { checkOptions, examine, record } from '@m3ae/errors/rules';
import { expect, test } from 'vitest';
import { evaluationRules } from '../src/probe.js';

const rule = record(evaluationRules);

test('an evaluation comes out with its defaults', () => {
  expect(checkOptions(rule, {})).toEqual({
    enabled: true,
    batchSize: 64,
    lossBatches: 8,
    maxTrainExamples: 20_000,
    neighbors: [1, 5, 10, 20],
    l2: [0.03, 0.01, 0.003, 0.001, 0.0003, 0.0001, 0.00003],
    kinds: ['knn'],
    scheduledExamples: 2000,
  });
});

test.each([
  [{ neighbors: [] }, 'neighbors'],
  [{ l2: [0] }, 'l2'],
  [{ kinds: ['ood'] }, 'kinds'],
  [{ kinds: [] }, 'kinds'],
  [{ everySteps: 0 }, 'everySteps'],
  [{ batchSize: 1e6 }, 'batchSize'],
])('%j is refused at %s', (given, path) => {
  const paths = examine(rule, given).faults.map((fault) => fault.path);
  expect(paths).toEqual([expect.stringMatching(`^${path}`)]);
});
