import { checkOptions, examine, record } from '@m3ae/errors/rules';
import { expect, test } from 'vitest';
import { checkpointRules, logRules, reportRules, trainRules } from '../src/index.js';

const rules = record({
  log: record(logRules),
  checkpoint: record(checkpointRules),
  report: record(reportRules),
  train: record(trainRules),
});
const none = { log: {}, checkpoint: {}, report: {}, train: {} };

test('sections come out with their defaults', () => {
  expect(checkOptions(rules, none)).toEqual({
    log: { everySteps: 10, tensorboard: true },
    checkpoint: { everySteps: 500, keepLast: 2, keepBest: 1 },
    report: { enabled: true, examples: 12, maskRatio: 0.75, textMaskRatio: 0.5 },
    train: { accumulate: 1, replicas: 1, engine: 'compiled', maxNonFinite: 10 },
  });
});

test.each([
  [{ log: { everySteps: 0 } }, 'log.everySteps'],
  [{ checkpoint: { keepLast: 0 } }, 'checkpoint.keepLast'], // none to go on at
  [{ checkpoint: { keepBest: -1 } }, 'checkpoint.keepBest'],
  [{ report: { maskRatio: 1 } }, 'report.maskRatio'],
  [{ report: { examples: 1001 } }, 'report.examples'],
  [{ train: { replicas: 2000 } }, 'train.replicas'],
  [{ train: { engine: 'eager:cpu' } }, 'train.engine'],
  [{ train: { backend: 'webgl' } }, 'train.backend'],
])('%j is refused at %s', (change, path) => {
  expect(examine(rules, { ...none, ...change }).faults.map((fault) => fault.path)).toEqual([path]);
});
