import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { systemErrorOf } from '../src/index.js';

test('tells the code, the file and the call of an error of the system', async () => {
  const error: unknown = await readFile('no/such/file').catch((thrown: unknown) => thrown);
  expect(systemErrorOf(error)).toEqual({ code: 'ENOENT', path: 'no/such/file', syscall: 'open' });
});

test.each([undefined, null, 'text', 3, [1], new Error('plain'), { code: 7, path: null }])(
  'tells nothing of %s',
  (thrown) => {
    expect(systemErrorOf(thrown)).toEqual({});
  },
);
