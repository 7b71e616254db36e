import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { crc32c, eventRecord, maskedCrc32c, openEventFile } from '../src/event-file.js';

// Written by fixtures/make-events.py with tensorboard's own record writer.
const expected = JSON.parse(
  readFileSync(new URL('./fixtures/events.json', import.meta.url), 'utf8'),
) as Record<string, string>;
const bytesOf = (text: string) => new Uint8Array(Buffer.from(text, 'base64'));
const wallTime = 1700000000.25;

test('CRC-32C of the standard check string', () => {
  // RFC 3720, B.4: 32 bytes of zeros; and the catalogue value of "123456789".
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(crc32c(new TextEncoder().encode('123456789'))).toBe(0xe3069283);
  expect(maskedCrc32c(new TextEncoder().encode('123456789'))).toBe(
    (((0xe3069283 >>> 15) | (0xe3069283 << 17)) + 0xa282ead8) >>> 0,
  );
});

test.each([
  ['version', { kind: 'version', wallTime }],
  ['restart', { kind: 'restart', wallTime, step: 300 }],
  [
    'scalars',
    { kind: 'scalars', wallTime, step: 70_000, values: { 'train/loss': 1.5, 'train/learningRate': 1e-3 } },
  ],
  [
    'many',
    {
      kind: 'scalars',
      wallTime,
      step: 1,
      values: Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`metric/${i}`, i / 3])),
    },
  ],
] as const)('the record of %s equals that of the tensorboard package', (name, event) => {
  expect(eventRecord(event)).toEqual(bytesOf(expected[name]!));
});

test('a resumed run tells the reader to forget later steps', () => {
  const folder = mkdtempSync(join(tmpdir(), 'events-'));
  const file = openEventFile(folder, 300, () => wallTime);
  file.scalars(310, { 'train/loss': 1, 'train/broken': NaN });
  file.close();
  const bytes = new Uint8Array(readFileSync(file.path));
  const start = [...bytesOf(expected.version!), ...bytesOf(expected.restart!)];
  expect([...bytes.subarray(0, start.length)]).toEqual(start);
  expect(new TextDecoder().decode(bytes)).not.toContain('train/broken');
});
