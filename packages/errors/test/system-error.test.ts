import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { systemErrorOf } from '../src/index.js';

test('tells the code, the file and the call of an error of the system', () => {
  try {
    readFileSync('no/such/file');
  } catch (error) {
    expect(systemErrorOf(error)).toEqual({ code: 'ENOENT', path: 'no/such/file', syscall: 'open' });
  }
  expect.assertions(1);
});

test.each([undefined, null, 'text', 3, [1], new Error('plain'), { code: 7, path: null }])(
  'tells nothing of %s',
  (thrown) => {
    expect(systemErrorOf(thrown)).toEqual({});
  },
);
