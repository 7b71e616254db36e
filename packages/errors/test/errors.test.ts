import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  faultLines,
  collectFaults,
  describe,
  faultOf,
  invalidField,
  InvalidInput,
  isInvalidInput,
  listSome,
  nearestHint,
  nearestName,
  prefixFaults,
  pluralize,
  multiplesAround,
  nearestDivisor,
  unusable,
} from '../src/index.js';
import { faultsOf } from './faults-of.js';

/** Oracle: the definition of the edit distance, by recursion. */
function editDistance(a: string, b: string): number {
  if (a === '' || b === '') return a.length + b.length;
  const [restOfA, restOfB] = [a.slice(1), b.slice(1)];
  if (a[0] === b[0]) return editDistance(restOfA, restOfB);
  return 1 + Math.min(editDistance(restOfA, b), editDistance(a, restOfB), editDistance(restOfA, restOfB));
}

test('an error holds each part, and the sentence that a person reads', () => {
  const error = invalidField('maskRatio', 'in [0, 1)', 75, 'Write three quarters as 0.75, not 75.');
  expect(error).toBeInstanceOf(RangeError);
  expect(error.faults).toEqual([
    {
      path: 'maskRatio',
      rule: 'in [0, 1)',
      received: '75',
      remedy: 'Write three quarters as 0.75, not 75.',
    },
  ]);
  expect(error.message).toBe(
    'maskRatio must be in [0, 1); received 75. Write three quarters as 0.75, not 75.',
  );
});

test('an error of another copy of the package is known; other errors are not', () => {
  const other = Object.assign(new RangeError('x'), { name: 'InvalidInput', faults: [] });
  expect(isInvalidInput(other)).toBe(true);
  expect(isInvalidInput(invalidField('a', 'b', 1, 'c'))).toBe(true);
  for (const value of [new RangeError('x'), { name: 'InvalidInput', faults: [] }, undefined]) {
    expect(isInvalidInput(value)).toBe(false);
  }
});

test('a message shows at most 20 faults and counts the rest, the error keeps all', () => {
  const faults = Array.from({ length: 100_000 }, (_, i) => faultOf(`line ${i}`, 'short', i, 'Cut it.'));
  const error = new InvalidInput(faults, { head: 'captions.csv cannot be read' });
  const lines = error.message.split('\n');
  expect(lines).toHaveLength(22);
  expect(lines[0]).toBe('captions.csv cannot be read:');
  expect(lines[21]).toContain('99,980');
  expect(error.faults).toHaveLength(100_000);
});

test('the collector reports every fault, under its prefix, those of nested checks too', () => {
  const check = collectFaults('image');
  check.require(true, 'size', 'positive', 1, '');
  check.require(false, 'patchSize', 'above zero', -1, 'Try 16.');
  check.refuseUnknown('', { maskRation: 1, size: 2 }, ['maskRatio', 'size']);
  check.include(() => {
    throw invalidField('mean', 'three numbers', [1], 'Give red, green and blue.');
  });
  check.keep('sources.1', invalidField('kind', 'known', 'x', 'Write e.g. folder.'));
  const run = () => check.throwIfAny();
  expect(run).toThrow(InvalidInput);
  expect(check.faults.map((fault) => fault.path)).toEqual([
    'image.patchSize',
    'image.maskRation',
    'image.mean',
    'image.sources.1.kind',
  ]);
  expect(check.faults[1]!.remedy).toBe('Did you mean maskRatio?');
  expect(() => collectFaults().throwIfAny()).not.toThrow();
  expect(() =>
    check.include(() => {
      throw new TypeError('not an input');
    }),
  ).toThrow(TypeError);
  expect(() => check.keep('', new TypeError('not an input'))).toThrow(TypeError);
});

test('the nearest name has the smallest edit distance there is, and is near', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(word, fc.uniqueArray(word, { maxLength: 5 }), (name, known) => {
      const changes = known.map((each) => editDistance(name, each));
      const least = Math.min(...changes);
      const near = nearestName(name, known);
      const isNear = least <= Math.max(2, Math.ceil(name.length / 3));
      expect(near === undefined ? undefined : editDistance(name, near)).toBe(isNear ? least : undefined);
    }),
  );
  expect(nearestHint('RATIO', ['size', 'ratio'])).toBe('Did you mean ratio?');
  expect(nearestHint('xyzzy', ['size', 'ratio'])).toContain('size, ratio');
});

test('values are shown in a few words, whatever they are', () => {
  const circular: Record<string, unknown> = { a: 1 };
  circular.self = circular;
  expect(describe(undefined)).toBe('nothing');
  expect(describe('text')).toBe('text');
  for (const text of ['42', ' 1e3', '0x10', 'true', 'null', 'NaN', ''])
    expect(describe(text)).toBe(JSON.stringify(text));
  for (const text of ['42 px', '8,192', '[3]', 'nullable']) expect(describe(text)).toBe(text);
  expect(describe([1, 'a', '1'])).toBe('[1, a, "1"]');
  expect(describe({ a: 1 })).toBe('{"a":1}');
  expect(describe(circular)).toContain('a, self');
  expect(describe(new Float32Array(4))).toBe('Float32Array of 16 bytes');
  fc.assert(fc.property(fc.anything(), (value) => describe(value).length <= 200));
  expect(listSome(['a', 'b', 'c'], 2)).toBe('a, b and 1 more');
});

test.each([
  [1, 'caption', '1 caption'],
  [2, 'caption', '2 captions'],
  [0, 'caption', '0 captions'],
  [11_275, 'word piece', '11,275 word pieces'],
  [3, 'class', '3 classes'],
  [3, 'batch', '3 batches'],
  [3, 'patch', '3 patches'],
  [3, 'entry', '3 entries'],
  [3, 'key', '3 keys'],
  [1, 'class', '1 class'],
])('%i of %j are told as %j', (count, noun, told) => {
  expect(pluralize(count, noun)).toBe(told);
});

test('a plural of its own stands for every number but one', () => {
  expect(pluralize(1, 'file was skipped', 'files were skipped')).toBe('1 file was skipped');
  expect(pluralize(2, 'file was skipped', 'files were skipped')).toBe('2 files were skipped');
});

test('a caller says where the options stood that a package found bad', () => {
  const bad = () => {
    throw invalidField('length', 'positive', 0, 'Pass a count.');
  };
  expect(faultsOf(() => prefixFaults('text.masking', bad))).toMatchObject([{ path: 'text.masking.length' }]);
  expect(prefixFaults('text', () => 3)).toBe(3);
  expect(() =>
    prefixFaults('text', () => {
      throw new TypeError('not an input');
    }),
  ).toThrow(TypeError);
});

test('the nearest divisor is found as by trying all, and the multiples stand around the number', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 300 }), (count, wanted) => {
      const found = nearestDivisor(count, wanted);
      expect(count % found).toBe(0);
      const away = Array.from({ length: count }, (_, at) => at + 1)
        .filter((near) => count % near === 0)
        .map((near) => Math.abs(near - wanted));
      expect(Math.abs(found - wanted)).toBe(Math.min(...away));
    }),
  );
  expect([multiplesAround(250, 16), multiplesAround(30, 4), multiplesAround(3, 16)]).toEqual([
    '240 or 256',
    '28 or 32',
    '16',
  ]);
});

test('an error is told in lines: alone, or counted and cut after twenty', () => {
  expect(faultLines(unusable(['x must be y.']))).toEqual(['x must be y.']);
  const lines = faultLines(unusable(Array.from({ length: 30 }, (_, at) => `fault ${at}`)));
  expect(lines).toHaveLength(1 + 20 + 1);
  expect([lines[0], lines[1]]).toEqual(['30 faults:', '  - fault 0']);
  const head = 'The folder';
  expect(faultLines(new InvalidInput(unusable(['a', 'b']).faults, { head })).slice(1)).toEqual([
    '  - The folder: a',
    '  - The folder: b',
  ]);
});
