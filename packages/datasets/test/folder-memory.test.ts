import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { openFolder } from '../src/index.js';
import { stateOf } from '../src/create-dataset.js';
import { temporaryFolder } from './temporary.js';

const lines = 200_000;
const files = Array.from({ length: 50 }, (_, i) => `${i}.png`);
const captionOf = (i: number) =>
  `two dogs run through the snow near an old house with a red roof, number ${i}`;

const pictureOf = (i: number) => files[i % files.length]!;
const recordsOf = (count: number) =>
  Array.from({ length: count }, (_, i) => JSON.stringify({ image: pictureOf(i), caption: captionOf(i) }));

/** What a caption file holds, by its name; JSON that is no JSON lines stands on one line. */
const contentOf: Readonly<Record<string, (count: number) => string>> = {
  'captions.jsonl': (count) => recordsOf(count).join('\n'),
  'list.json': (count) => `[${recordsOf(count).join()}]`,
  'captions.csv': (count) =>
    Array.from({ length: count }, (_, i) => `${pictureOf(i)},"${captionOf(i)}"\n`).join(''),
  'coco.json': (count) =>
    JSON.stringify({
      images: files.map((file_name, id) => ({ id, file_name })),
      annotations: Array.from({ length: count }, (_, i) => ({
        image_id: i % files.length,
        caption: captionOf(i),
      })),
    }),
};

async function largeFolder(count = lines, name = 'captions.jsonl'): Promise<string> {
  const pictures = Object.fromEntries(files.map((file) => [file, '']));
  return temporaryFolder({ ...pictures, [name]: contentOf[name]!(count) });
}

describe('a caption file of many lines', () => {
  test.each([
    ['captions', lines, lines - 1],
    ['pictures', files.length, files.length - 1],
  ] as const)(
    'of which %s are examples is held in the bytes of its captions and 20 more a line, in memory that threads share',
    async (examples, length, last) => {
      const dataset = await openFolder({ kind: 'folder', path: await largeFolder(), examples });
      const captions = dataset.captions?.(last) ?? [dataset.caption(last)];
      expect([dataset.length, captions.at(-1)]).toEqual([length, captionOf(lines - 1)]);
      // All arrays that a worker is given; a string or an object a line would be counted by the length of its JSON.
      const { content, labels, notes } = stateOf(dataset)!;
      const buffers = new Set<SharedArrayBuffer>();
      const rest = JSON.stringify([content, labels, notes], (_, value: unknown) => {
        if (!ArrayBuffer.isView(value)) return value;
        expect(value.buffer).toBeInstanceOf(SharedArrayBuffer);
        buffers.add(value.buffer as SharedArrayBuffer);
        return undefined;
      });
      const held = [...buffers].reduce((sum, { byteLength }) => sum + byteLength, rest.length);
      const text = Array.from({ length: lines }, (_, i) => Buffer.byteLength(captionOf(i)));
      const bytes = text.reduce((sum, length) => sum + length, 0);
      expect((held - bytes) / lines).toBeLessThan(20);
    },
  );

  test('takes the bytes of its captions and 40 more a line while it is read', async () => {
    const module = new URL('../dist/index.js', import.meta.url).href;
    const heldAt = async (count: number): Promise<number> => {
      const script = `
        const { openFolder } = await import(${JSON.stringify(module)});
        let held = 0;
        await openFolder({ kind: 'folder', path: ${JSON.stringify(await largeFolder(count))} }, (done, total) => {
          if (done < total || held > 0) return;
          globalThis.gc();
          globalThis.gc(); // memory of arrays is given back when the next collection begins
          const { heapUsed, arrayBuffers } = process.memoryUsage();
          held = heapUsed + arrayBuffers;
        });
        process.stdout.write(String(held));`;
      const cwd = fileURLToPath(new URL('..', import.meta.url));
      const options = ['--expose-gc', '--input-type=module', '--eval', script];
      return Number((await promisify(execFile)(process.execPath, options, { cwd })).stdout);
    };
    // What does not grow with the lines is in both, but for blocks of 4 MB that are just being filled.
    const aLine = ((await heldAt(3 * lines)) - (await heldAt(lines))) / (2 * lines);
    expect(aLine).toBeGreaterThan(captionOf(lines).length / 2); // it was measured while they were held
    expect(aLine).toBeLessThan(captionOf(lines).length + 40);
  });

  test.each(Object.keys(contentOf))('%s is opened in a heap that could not hold its lines', async (name) => {
    const path = await largeFolder(lines, name);
    const module = new URL('../dist/index.js', import.meta.url).href;
    const script = `
      const { openFolder } = await import(${JSON.stringify(module)});
      const { length } = await openFolder({ kind: 'folder', path: ${JSON.stringify(path)}, captions: '${name}' });
      process.stdout.write(String(length));`;
    // The text alone takes 22 MB, rows as objects 50 MB; Node and the package itself need 20 MB.
    const options = ['--max-old-space-size=32', '--input-type=module', '--eval', script];
    const cwd = fileURLToPath(new URL('..', import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, options, { cwd });
    expect(stdout).toBe(String(files.length));
  });
});

test('progress is told while a large file is read, and not for a small one', async () => {
  const told: [number, number, string][] = [];
  const tell = (done: number, total: number, task: string) => void told.push([done, total, task]);
  await openFolder({ kind: 'folder', path: await largeFolder() }, tell);
  expect(told.length).toBeGreaterThan(5);
  expect(new Set(told.map(([, , task]) => task))).toEqual(new Set(['Reading captions (MB)']));
  expect(told.map(([done]) => done)).toEqual(told.map(([done]) => done).sort((a, b) => a - b));
  const [done, total] = told.at(-1)!;
  expect(done).toBe(total);
  told.length = 0;
  const small = await temporaryFolder({ 'a.png': '', 'captions.jsonl': '{"image":"a.png","caption":"x"}' });
  await openFolder({ kind: 'folder', path: small }, tell);
  expect(told).toEqual([]);
});
