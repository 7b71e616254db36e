import { expect, test } from 'vitest';
import { refuseDifferences, refuseNewFacts } from '../src/index.js';
import { settingRemedies } from '../src/settings.js';

const before = { seed: 0, image: { size: 48 }, log: { everySteps: 10 }, data: { workers: 1 }, steps: 5 };

const rules = {
  harmless: ['log', 'data.workers'],
  length: ['steps'],
  upgrade: (stored: object) => stored,
  totalSteps: () => 5,
  mayChangeLength: () => true,
  lengthRemedy: () => 'Start another.',
};

/** Paths and remedies of what is refused. */
function refused(now: object, allow: boolean, length: true | string = true): [string, string, string][] {
  try {
    refuseDifferences(before, now, settingRemedies(rules, allow, length));
  } catch (error) {
    return (error as { faults: { path: string; received: string; remedy: string }[] }).faults.map(
      ({ path, received, remedy }) => [path, received, remedy],
    );
  }
  return [];
}

test('equal configs pass', () => {
  expect(refused(structuredClone(before), false)).toEqual([]);
});

test('every differing field is told with both values', () => {
  const now = { ...before, seed: 1, image: { size: 64 }, log: { everySteps: 1 } };
  expect(refused(now, false)).toEqual([
    ['seed', '1', 'Set it back, or start another run with another folder.'],
    ['image.size', '64', 'Set it back, or start another run with another folder.'],
    ['log.everySteps', '1', 'Set it back, or pass allowConfigChange.'],
  ]);
  expect(() => refuseDifferences(before, now)).toThrow(
    'image.size must be as the run began, 48; received 64.',
  );
});

test('harmless fields pass where they may, others do not', () => {
  const harmless = { ...before, log: { everySteps: 1 }, data: { workers: 3 } };
  expect(refused(harmless, true)).toEqual([]);
  expect(refused({ ...harmless, seed: 2 }, true).map(([path]) => path)).toEqual(['seed']);
});

test('another length passes, or is refused with the remedy of the program', () => {
  expect(refused({ ...before, steps: 9 }, false)).toEqual([]);
  expect(refused({ ...before, steps: 9 }, true, 'Start another.')).toEqual([
    ['steps', '9', 'Start another.'],
  ]);
});

test('facts that have come since pass; those that the run began with do not change', () => {
  expect(() => refuseNewFacts({ mean: 1 }, { mean: 1, classes: 4 })).not.toThrow();
  expect(() => refuseNewFacts({ mean: 1 }, { mean: 2 }, { folder: '--out' })).toThrow('--out');
});
