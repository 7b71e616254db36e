import { expect, test } from 'vitest';
import { knownFile } from '../src/index.js';

const bytes = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

// Heads as the formats' own descriptions give them.
test.each([
  ['', 'empty'],
  ['\x89HDF\r\n\x1a\n\0', 'hdf5'],
  ['version https://git-lfs.github.com/spec/v1\noid sha256:00', 'gitLfs'],
  ['\n<!DOCTYPE html><html>', 'webPage'],
  ['<?xml version="1.0"?><Error>', 'webPage'],
  ['PAR1\x15\x04', 'parquet'],
  [`${'a'.repeat(257)}ustar\x00`, 'tar'],
  ['PK\x03\x04\x14', 'zip'],
  ['\x1f\x8b\x08', 'gzip'],
  ['BZh91AY', 'packed'],
  ['\xff\xd8\xff\xe0', 'picture'],
  ['\x93NUMPY\x01\0', 'numpy'],
  ['\x08\x08\x12\x07pytorch', 'onnx'],
  ['\x08\x07:\x80', 'onnx'],
  ['GGUF\x03', 'gguf'],
  ['{"a": 1}', 'json'],
  ['[\n  [1]', 'json'],
])('%j is known', (head, kind) => {
  expect(knownFile(bytes(head))).toMatchObject({ kind });
});

test('others are not known, and what to do is what the caller says, else the usual', () => {
  expect(knownFile(bytes('plain text, and nothing else'))).toBeUndefined();
  expect(knownFile(bytes('\x08\x40\x12'))).toBeUndefined(); // no version that ONNX has
  expect(knownFile(bytes('PAR1'))).toMatchObject({ name: 'a Parquet file', remedy: '' });
  expect(knownFile(bytes('PAR1'), { parquet: 'Name it with parquet:.' })?.remedy).toBe(
    'Name it with parquet:.',
  );
  expect(knownFile(bytes('\x1f\x8b'))?.remedy).toContain('gunzip');
});
