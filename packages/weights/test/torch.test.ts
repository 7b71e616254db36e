import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readTensors } from '../src/index.js';

const bytes = (name: string) => readFileSync(new URL(`fixtures/torch/${name}`, import.meta.url));

/** What torch itself says that the state dict holds. */
const values = JSON.parse(bytes('values.json').toString()) as unknown;

test.each(['bare.pth', 'model.pth', 'parallel.pth'])(
  '%s: views, shared and repeated storages, halves, integers, parameters',
  (name) => {
    const read = [...readTensors(bytes(name))].map(([key, tensor]) => {
      const { shape, data } = tensor.read();
      return [key, { shape: [...shape], values: Array.from(data, Number) }];
    });
    expect(Object.fromEntries(read)).toEqual(values);
  },
);

test('what torch.save writes beside state dicts is named', () => {
  expect(() => readTensors(bytes('old.pth'))).toThrow(/zip file, as PyTorch writes since 1\.6.*torch\.save/s);
  expect(() => readTensors(bytes('module.pth'))).toThrow(
    /torch\.nn\.modules\.linear\.Linear.*state_dict\(\)/s,
  );
});

/** The file with 32-bit fields of its first central record changed. */
function changed(fields: Readonly<Record<number, number>>): Uint8Array {
  const copy = Buffer.from(bytes('bare.pth'));
  const record = copy.indexOf('PK\x01\x02', 0, 'latin1');
  for (const [field, value] of Object.entries(fields)) copy.writeUInt32LE(value, record + Number(field));
  return copy;
}

test.each([
  ['an entry beyond the file', changed({ 42: 0x7fffffff }), /within the file/],
  ['a size beyond the file', changed({ 20: 0x7ffffff0, 24: 0x7ffffff0 }), /within the file/],
  ['a compressed entry', changed({ 8: 0x00080000 }), /a stored entry; received a compressed one/],
  ['an encrypted entry', changed({ 8: 1 }), /a stored entry; received an encrypted one/],
  ['no directory', bytes('bare.pth').subarray(0, 4000), /directory at the end/],
])('%s is refused', (_, file, message) => {
  expect(() => readTensors(file)).toThrow(message);
});
