import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Address, type Dataset, openDataset } from '@m3ae/datasets';
import { expect, test } from 'vitest';
import { createProgress } from '@m3ae/logging';
import { applyOverrides, loadConfigFile, resolveConfig } from '../../apps/trainer/src/index.js';
import { prepare } from '../../apps/trainer/src/run/prepare.js';
import { pretrain } from '../../apps/trainer/src/run/pretrain.js';
import { codeBlocks } from '../../scripts/code-blocks.mjs';
import { runBlock } from './run-block.js';

const page = fileURLToPath(new URL('../../docs/bring-your-data.md', import.meta.url));
const fixtures = fileURLToPath(new URL('./fixtures/', import.meta.url));
const archive = fileURLToPath(
  new URL('../../packages/datasets/test/fixtures/webdataset/shard-000.tar', import.meta.url),
);
const parquet = fileURLToPath(
  new URL('../../packages/datasets/test/fixtures/parquet/hub-00001.parquet', import.meta.url),
);
const hdf5 = fileURLToPath(new URL('../../packages/datasets/test/fixtures/hdf5/packed.h5', import.meta.url));
const picture = join(fixtures, 'datasets/photos/cat.jpg');

/** What a program makes ready. */
interface PreparedSet {
  readonly folder: string;
  readonly pictures: readonly string[];
  /** Picture and caption, as a person reads them in the files of the fixture. */
  readonly pairs: [image: string, caption: string][];
  readonly classes?: readonly string[];
}

const sets: Record<string, PreparedSet> = {
  COCO: {
    folder: 'coco/train2017',
    pictures: ['000000000009.jpg', '000000000025.jpg'],
    pairs: [
      ['000000000009.jpg', 'Food in plastic "boxes".'],
      ['000000000025.jpg', 'A giraffe eating leaves.'],
      ['000000000025.jpg', 'Two giraffes, near a tree.'],
    ],
  },
  'Flickr8k and Flickr30k': {
    folder: 'flickr8k/Images',
    pictures: ['1000268201.jpg', '1001773457.jpg', '1007129816.jpg'],
    pairs: [
      ['1000268201.jpg', 'A child in a pink dress , climbing stairs .'],
      ['1000268201.jpg', 'A girl, says "hi" .'],
      ['1001773457.jpg', 'A black dog and a spotted dog'],
      ['1007129816.jpg', 'A man with an orange hat .'],
    ],
  },
  'An image folder of the Hugging Face hub': {
    folder: 'hub/train',
    pictures: ['0001.jpg', 'sub/0002.jpg'],
    pairs: [
      ['0001.jpg', 'a drawing of a green cat'],
      ['sub/0002.jpg', 'a dog'],
    ],
  },
  'WebDataset and img2dataset': {
    folder: 'shards',
    pictures: [],
    pairs: [
      ['v1.2/0001.png', 'a drawing of colors'],
      ['v1.2/0002.png', 'captions'],
      ['v1.2/0002.png', 'two'],
      [`${'a/'.repeat(60)}${'very-long-'.repeat(12)}.png`, 'größer'],
    ],
    classes: ['7', '10', 'from json'],
  },
  Parquet: {
    folder: 'data',
    pictures: [],
    pairs: [
      ['train-00001.parquet, row 1', 'a drawing'],
      ['train-00001.parquet, row 2', 'größer'],
      ['train-00001.parquet, row 3', ''],
    ],
    classes: ['bird', 'cat'],
  },
  HDF5: {
    folder: '.',
    pictures: [],
    pairs: ['a drawing', 'größer', '', 'two lines', 'last'].map((caption, row) => [
      `cc12m.hdf5, row ${row + 1} of jpg`,
      caption,
    ]),
  },
  'A program that makes rows': {
    folder: 'shop',
    pictures: ['images/7.jpg', 'images/8.jpg'],
    pairs: [
      ['images/7.jpg', 'Mug, dark blue'],
      ['images/8.jpg', 'Chair; small, red'],
    ],
    classes: ['kitchen', 'living room'],
  },
};

/** Every caption of an example: of several, a hundred draws give each. */
function captionsOf(dataset: Dataset, index: number): string[] {
  const drawn = Array.from({ length: 100 }, (_, step) => dataset.drawCaption?.(index, [1, step]));
  return [...new Set([dataset.caption(index), ...drawn])].filter((caption) => caption !== undefined);
}

const programs = codeBlocks(page).filter(({ language }) => language === 'js' || language === 'sh address');

test('every address and program of the page is tried', () => {
  expect(programs.map(({ heading }) => heading)).toEqual(Object.keys(sets));
});

test.each(programs)('$heading: its pairs are read', async ({ heading, language, code }) => {
  const { folder, pictures, pairs, classes } = sets[heading]!;
  const labels = classes ? 'column' : 'none';
  let found: string[][] = [];
  let names: readonly string[] | undefined;
  await runBlock(
    `bring-your-data-${heading}`,
    language === 'js' ? code : '',
    (working) => {
      cpSync(join(fixtures, 'bring-your-data'), working, { recursive: true });
      mkdirSync(join(working, 'shards'));
      mkdirSync(join(working, 'data'));
      cpSync(hdf5, join(working, 'cc12m.hdf5'));
      cpSync(parquet, join(working, 'data/train-00001.parquet'));
      cpSync(archive, join(working, 'shards/000.tar'));
      for (const name of pictures) {
        const path = join(working, folder, name);
        mkdirSync(dirname(path), { recursive: true });
        cpSync(picture, path);
      }
    },
    async (working) => {
      const written = { kind: 'folder', path: join(working, folder), labels } as const;
      const dataset = await openDataset(language === 'js' ? written : (code.trim() as Address));
      found = Array.from({ length: dataset.length }, (_, at) => at).flatMap((at) =>
        captionsOf(dataset, at).map((caption) => [dataset.describe(at), caption]),
      );
      names = dataset.classNames;
    },
  );
  expect(names).toEqual(classes);
  const byText = (a: readonly string[], b: readonly string[]) => (a.join() < b.join() ? -1 : 1);
  expect(found.sort(byText)).toEqual(pairs.sort(byText));
});

const sourceModule = codeBlocks(page).find(({ language }) => language === 'js module');
const sourceConfig = codeBlocks(page).find(
  ({ heading, language }) => heading === 'A source of your own' && language === 'ts config',
);

test('a source of your own: a config names the module beside it, and two workers read it', async () => {
  expect(sourceModule!.code.trim().split('\n').length).toBeLessThan(20);
  await runBlock(
    'own-source',
    '',
    (working) => writeFileSync(join(working, 'shapes.js'), sourceModule!.code),
    async (working) => {
      const file = join(working, 'my-run.ts');
      writeFileSync(file, sourceConfig!.code);
      writeFileSync(join(working, 'package.json'), '{"type":"module"}');
      const changes = [
        'train.epochs=null',
        'train.steps=2',
        'evaluation.enabled=false',
        'report.enabled=false',
      ];
      const config = resolveConfig(applyOverrides(await loadConfigFile(file), changes));
      const progress = createProgress({ quiet: true, output: process.stdout, clock: () => 0 });
      const prepared = await prepare(config, progress);
      expect(prepared.sources.train.dataset.length + prepared.sources.validation!.dataset.length).toBe(400);
      expect(
        prepared.vocabulary.tokenizer.decode(prepared.vocabulary.tokenizer.encode('bright square')),
      ).toBe('bright square');
      mkdirSync(join(working, 'run'));
      await pretrain(prepared, { folder: join(working, 'run'), progress });
      expect(
        readFileSync(join(working, 'run/metrics.jsonl'), 'utf8').trim().split('\n').length,
      ).toBeGreaterThan(0);
    },
  );
}, 60_000);
