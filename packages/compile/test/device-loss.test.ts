import { expect, test } from 'vitest';
import { isLoss } from '../src/run/device-loss.js';

test.each([
  ['Validation error: [Device] is lost.', true],
  ['A valid external Instance reference no longer exists: device was destroyed', true],
  ['CUDA failure 719: unspecified launch failure ; GPU=0 ; hostname=a', true],
  ['CUDA error 999: unknown error', true],
  ['CUDA failure 700: an illegal memory access was encountered', true],
  ['CUDA failure 2: out of memory ; GPU=0', false], // fewer examples fit
  ['CUDA failure 222: the provided PTX was compiled with an unsupported toolchain.', false],
  ['RunWithBinding: Non-zero status code returned while running MatMul node.', false],
])('%s', (message, expected) => expect(isLoss(new Error(message))).toBe(expected));
