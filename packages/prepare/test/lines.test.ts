import { join } from 'node:path';
import { expect, test } from 'vitest';
import { inspectionLines, inspectSources, prepareDataset, preparedLines } from '../src/index.js';
import { fileOf, picture, temporaryFolder, writePictures } from './pictures.js';

test('what was prepared and what was looked at is told in numbers that were planted', async () => {
  const folder = temporaryFolder();
  const entry = async (at: number, side: number) => {
    const file = await fileOf(picture(at, side, side), 'png');
    return { name: `${at}.png`, file, caption: `picture ${at}`, label: at % 2 === 0 ? 'even' : 'odd' };
  };
  const entries = await Promise.all([40, 50, 8, 9, 60].map((side, at) => entry(at, side)));
  const broken = { name: 'broken.png', file: Uint8Array.of(1, 2, 3), caption: 'none', label: 'odd' };
  const source = writePictures(join(folder, 'in'), [...entries, broken]);
  const out = join(folder, 'out');
  const options = { out, to: 'webdataset' as const, minSide: 20 };
  const [written, ...rest] = preparedLines(await prepareDataset([source], options));
  expect(written).toMatch(/^3 pictures in 1 file, /);
  expect(
    rest.filter((line) => line.includes('left out')).map((line) => Number(line.split(' ').at(-1))),
  ).toEqual(expect.arrayContaining([2, 1]));
  expect(rest.at(-1)).toContain(join(out, 'dropped.jsonl'));
  expect(preparedLines(await prepareDataset([source], options))).toEqual([`${out} is whole already.`]);

  const looked = inspectionLines(await inspectSources([source], {}));
  expect(looked[0]).toBe('6 examples, 6 captions, 2 classes');
  expect(looked.at(-1)).toMatch(/^Of 6 pictures: 1 unreadable, 0 like/);
});
