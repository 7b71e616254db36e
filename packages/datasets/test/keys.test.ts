// A column that is named is there, or is refused: a misspelt group would let its examples fall into several parts.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InvalidInput } from '@m3ae/errors';
import { expect, test } from 'vitest';
import { type DatasetSpec, openDataset, openFolderParts } from '../src/index.js';
import { temporaryFolder } from './temporary.js';

const fixture = (name: string) => fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url));
const pictures = { 'a.png': '', 'b.png': '' };
const csv = 'image,title,product,class\na.png,one,x,u\nb.png,two,y,v\n';
const jsonl =
  '{"image":"a.png","title":"one","class":"u"}\n{"image":"b.png","title":"two","class":"v","product":"y"}\n';

/** What a promise is refused for: the fields, and all that is told of them. */
async function refusalOf(promise: Promise<unknown>) {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof InvalidInput)) throw new Error(`expected a refusal; received ${String(error)}`);
  return { fields: error.faults.map(({ path }) => path), message: error.message };
}

const misspelt = { captionKey: 'tilte', labelKey: 'clas', groupKey: 'prodct' };

test.each<[string, (keys: object) => Promise<DatasetSpec>]>([
  ['csv', async (keys) => tableOf('x.csv', csv, keys)],
  ['jsonl', async (keys) => tableOf('x.jsonl', jsonl, keys)],
  ['a folder with csv', async (keys) => folderOf({ 'captions.csv': csv }, keys)],
  ['a folder with jsonl', async (keys) => folderOf({ 'captions.jsonl': jsonl }, keys)],
])('%s: all keys that name no column are told, with the nearest', async (_, spec) => {
  const { fields, message } = await refusalOf(openDataset(await spec(misspelt)));
  expect(fields).toEqual(Object.keys(misspelt));
  for (const name of ['title', 'class', 'product']) expect(message).toContain(`Did you mean ${name}?`);
  expect(message).toContain('There are image, title,');
  const image = await refusalOf(openDataset(await spec({ imageKey: 'imgae' })));
  expect(image.fields).toEqual(['imageKey']);
  // Upper and lower case are the same; "product" stands in one record of the JSON lines alone.
  const named = await openDataset(
    await spec({ captionKey: 'Title', labelKey: 'class', groupKey: 'PRODUCT', labels: undefined }),
  );
  expect([named.caption(0), named.group!(1)]).toEqual(['one', 'y']);
});

async function tableOf(name: string, content: string, keys: object): Promise<DatasetSpec> {
  const path = join(await temporaryFolder({ ...pictures, [name]: content }), name);
  const { labels: _, ...own } = keys as { readonly labels?: unknown };
  return { kind: 'table', path, ...own };
}

async function folderOf(files: Record<string, string>, keys: object): Promise<DatasetSpec> {
  return { kind: 'folder', path: await temporaryFolder({ ...pictures, ...files }), ...keys };
}

test.each<[DatasetSpec, fields: string[], near: string]>([
  [
    { kind: 'webdataset', shards: fixture('webdataset/shard-000.tar'), groupKey: 'lable', captionKey: 'tx' },
    ['captionKey', 'groupKey'],
    'label',
  ],
  [
    { kind: 'parquet', files: fixture('parquet/hub-00000.parquet'), captionKey: 'txt', groupKey: 'labl' },
    ['captionKey', 'groupKey'],
    'text',
  ],
  [{ kind: 'hdf5', files: fixture('hdf5/parts.h5'), groupKey: 'label' }, ['groupKey'], 'labels'],
])('%j is refused', async (spec, fields, near) => {
  const refusal = await refusalOf(openDataset(spec));
  expect(refusal.fields).toEqual(fields);
  expect(refusal.message).toContain(`Did you mean ${near}?`);
});

test('a misspelt group keeps a folder from being split', async () => {
  const spec = (await folderOf({ 'captions.csv': csv }, {})) as { kind: 'folder'; path: string };
  const parts = openFolderParts({ ...spec, groupKey: 'prodct', validationShare: 0.3 });
  expect((await refusalOf(parts)).fields).toEqual(['groupKey']);
});

test('settings of columns are refused where there are none', async () => {
  const keys = { captionKey: 'title', separator: ';' };
  const texts = await folderOf({ 'a.txt': 'one', 'b.txt': 'two' }, keys);
  expect((await refusalOf(openDataset(texts))).fields).toEqual(['captionKey', 'separator']);
  const bare = await folderOf({}, { captions: 'none', groupKey: 'product' });
  expect((await refusalOf(openDataset(bare))).fields).toEqual(['groupKey']);
  const json = await tableOf('x.jsonl', jsonl, { separator: ';' });
  expect((await refusalOf(openDataset(json))).fields).toEqual(['separator']);
});

test('the class "none" is no class', async () => {
  const table = await openDataset(await tableOf('x.csv', csv, { labelKey: 'none' }));
  expect(table.labels).toBeUndefined();
});

test('captions are not taken for pictures', async () => {
  const spec = { kind: 'hdf5', files: fixture('hdf5/pairs.h5'), imageKey: 'caption' } as const;
  expect((await refusalOf(openDataset(spec))).fields).toEqual(['imageKey']);
});
