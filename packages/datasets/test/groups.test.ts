import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import {
  type DatasetSpec,
  joinDatasets,
  openDataset,
  openFolderParts,
  splitDataset,
  subset,
} from '../src/index.js';
import { temporaryFolder } from './temporary.js';

const fixtures = fileURLToPath(new URL('./fixtures/', import.meta.url));

/** Sixty pictures of twenty things: `3-1.png` is the second picture of thing 3. */
const pictures = Array.from({ length: 60 }, (_, at) => ({
  image: `${at % 20}-${Math.floor(at / 20)}.png`,
  thing: `t${at % 20}`,
}));

async function tableOf(ending: 'csv' | 'jsonl', given: object = {}): Promise<DatasetSpec> {
  const lines =
    ending === 'csv'
      ? ['image,thing', ...pictures.map(({ image, thing }) => `${image},${thing}`)]
      : pictures.map((row) => JSON.stringify(row));
  const files = Object.fromEntries(pictures.map(({ image }) => [image, '']));
  const folder = await temporaryFolder({ ...files, [`x.${ending}`]: lines.join('\n') });
  return { kind: 'table', path: join(folder, `x.${ending}`), ...given };
}

test.each(['csv', 'jsonl'] as const)('%s: all pictures of a group fall into one part', async (ending) => {
  const dataset = await openDataset(await tableOf(ending, { groupKey: 'thing' }));
  expect(Array.from({ length: 60 }, (_, at) => dataset.group!(at))).toEqual(
    pictures.map(({ thing }) => thing),
  );
  const { train, validation } = splitDataset(dataset, 0.3);
  const groupsOf = (part: typeof train) =>
    new Set(Array.from({ length: part.length }, (_, at) => part.group!(at)));
  const [first, second] = [groupsOf(train), groupsOf(validation!)];
  expect([...first].filter((group) => second.has(group))).toEqual([]);
  expect([train.length + validation!.length, validation!.length]).toEqual([60, 3 * second.size]);
  // Without it, the pictures of a thing fall here and there.
  const apart = splitDataset(await openDataset(await tableOf(ending)), 0.3);
  expect(apart.train.group).toBeUndefined();
  const things = (part: typeof train) =>
    new Set(Array.from({ length: part.length }, (_, at) => part.describe(at).split('-')[0]));
  expect([...things(apart.train)].some((thing) => things(apart.validation!).has(thing))).toBe(true);
});

test('archives, Parquet and HDF5 give groups too, and parts and joined sets keep them', async () => {
  const file = (name: string) => join(fixtures, name);
  const parquet = await openDataset({
    kind: 'parquet',
    files: file('parquet/hub-00000.parquet'),
    groupKey: 'label',
  });
  expect(parquet.group!(0)).toBe('2');
  const shards = await openDataset({
    kind: 'webdataset',
    shards: file('webdataset/shard-000.tar'),
    groupKey: 'label',
  });
  expect([shards.group!(0), shards.group!(1), shards.group!(2)]).toEqual(['from json', '7', undefined]);
  const hdf5 = await openDataset({ kind: 'hdf5', files: file('hdf5/parts.h5'), groupKey: 'labels' });
  const joined = joinDatasets([subset(hdf5, [1]), parquet]);
  expect([joined.group!(0), joined.group!(1)]).toEqual(['0', '2']);
});

test.each(['csv', 'jsonl'] as const)('a folder with a %s file keeps groups in one part', async (ending) => {
  const { path } = (await tableOf(ending)) as { readonly path: string };
  const spec = {
    kind: 'folder' as const,
    path: dirname(path),
    captions: `x.${ending}`,
    allowMissingCaptions: true,
  };
  const thingsOf = ({ train, validation }: Awaited<ReturnType<typeof openFolderParts>>) =>
    [train, validation!].map(
      (part) => new Set(Array.from({ length: part.length }, (_, at) => part.describe(at).split('-')[0]!)),
    );
  const [train, validation] = thingsOf(
    await openFolderParts({ ...spec, groupKey: 'thing', validationShare: 0.3 }),
  );
  expect([...train!].filter((thing) => validation!.has(thing))).toEqual([]);
  expect(train!.size + validation!.size).toBe(20);
  const whole = await openDataset({ ...spec, groupKey: 'thing' });
  const groups = Array.from({ length: 60 }, (_, at) => [whole.describe(at), whole.group!(at)]);
  expect(groups).toEqual(groups.map(([name]) => [name, `t${name!.split('-')[0]}`]));
  // Without it, the pictures of a thing fall here and there.
  const [one, other] = thingsOf(await openFolderParts({ ...spec, validationShare: 0.3 }));
  expect([...one!].some((thing) => other!.has(thing))).toBe(true);
});
