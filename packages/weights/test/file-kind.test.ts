import { encodeSafetensors } from '@m3ae/checkpoint';
import { expect, test } from 'vitest';
import { fileKind, memorySource } from '../src/index.js';

const latin1 = (text: string) => Buffer.from(text, 'latin1');
const kindOf = (bytes: Uint8Array) => fileKind(memorySource(bytes, 'model.bin'));

test.each([
  ['safetensors', encodeSafetensors({ a: { shape: [], data: Float32Array.of(1) } })],
  ['pickle', latin1('\x80\x05\x95')],
  ['pickle', latin1('(dp0\n.')],
  ['zip', latin1('PK\x03\x04')],
])('%s', (kind, bytes) => {
  expect(kindOf(bytes)).toBe(kind);
});

const tar = Buffer.concat([Buffer.alloc(257), latin1('ustar\x0000')]);

test.each([
  ['HDF5', latin1('\x89HDF\r\n\x1a\n\0\0')],
  ['Git LFS', latin1('version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 12\n')],
  ['web page', latin1('<!DOCTYPE html>\n<html>Sign in</html>')],
  ['gzip', latin1('\x1f\x8b\x08\0')],
  ['ONNX', latin1('\x08\x08\x12\x07pytorch')],
  ['JSON', latin1('{\n  "architectures": []\n}')],
  ['tar', tar],
  ['NumPy', latin1('\x93NUMPY\x01\0')],
  ['empty', latin1('')],
  ['something else', latin1('hello')],
])('%s is named, with what to do', (name, bytes) => {
  expect(() => kindOf(bytes)).toThrow(new RegExp(`model\\.bin must be a file of weights.*${name}`));
});
