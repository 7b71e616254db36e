import { describe, expect, test } from 'vitest';
import { type Dataset, type FolderSpec, noteSentence, openFolder, openFolderParts } from '../src/index.js';
import { messageOfRejection, temporaryFolder } from './temporary.js';

// Opening reads names and captions alone, so that pictures may be empty.
const folderOf = (...files: readonly string[]): Promise<string> =>
  temporaryFolder(Object.fromEntries(files.map((file) => [file, ''])));
const labeled = (path: string, more: Partial<FolderSpec> = {}): FolderSpec => ({
  kind: 'folder',
  path,
  captions: 'none',
  labels: 'subfolder',
  ...more,
});
/** Class and name of each example. */
const contents = (dataset: Dataset | null): string[] | null =>
  dataset &&
  Array.from(
    { length: dataset.length },
    (_, index) => `${dataset.classNames![dataset.labels![index]!]} ${dataset.describe(index)}`,
  );

describe('folders of parts', () => {
  test.each([
    ['train', 'val', 'test'],
    ['Training', 'valid', 'Test'],
    ['train', 'validation', 'testing'],
  ])('%s, %s and %s are the parts, with the classes below them', async (train, validation, held) => {
    const path = await folderOf(
      `${train}/cat/1.png`,
      `${train}/dog/a/2.png`,
      `${validation}/cat/3.png`,
      `${held}/dog/4.png`,
      `${held}/wolf/5.png`,
    );
    const parts = await openFolderParts(labeled(path));
    expect(contents(parts.train)).toEqual([`cat ${train}/cat/1.png`, `dog ${train}/dog/a/2.png`]);
    expect(contents(parts.validation)).toEqual([`cat ${validation}/cat/3.png`]);
    expect(contents(parts.test)).toEqual([`dog ${held}/dog/4.png`, `wolf ${held}/wolf/5.png`]);
    // Classes of any part count for all, so that each has the same number everywhere.
    for (const part of [parts.train, parts.validation, parts.test])
      expect(part!.classNames).toEqual(['cat', 'dog', 'wolf']);
    const note = parts.train.notes.find(({ code }) => code === 'parts-by-folder')!;
    expect(note.count).toBe(3);
    expect(noteSentence(note)).toContain('3 folders taken for parts: ');
    expect((await openFolder(labeled(path, { split: 'test' }))).fingerprint).toBe(parts.test!.fingerprint);
  });

  const numbered = (folder: string) => Array.from({ length: 40 }, (_, at) => `${folder}/cat/${at}.png`);

  test('a test folder alone leaves validation to the hash, of the training folder', async () => {
    const path = await folderOf(...numbered('train'), ...numbered('test'));
    const parts = await openFolderParts(labeled(path, { validationShare: 0.3 }));
    expect(parts.test!.length).toBe(40);
    const names = [...contents(parts.train)!, ...contents(parts.validation)!];
    expect(names.sort()).toEqual(
      numbered('train')
        .map((name) => `cat ${name}`)
        .sort(),
    );
    expect(parts.validation!.length).toBeGreaterThan(4);
    const whole = await openFolderParts(labeled(path, { validationShare: 0 }));
    expect([whole.train.length, whole.validation, whole.test!.length]).toEqual([40, null, 40]);
  });

  test('a validation folder alone leaves the test part out', async () => {
    const path = await folderOf(...numbered('train'), 'val/cat/0.png');
    const parts = await openFolderParts(labeled(path, { validationShare: 0 }));
    expect([parts.train.length, parts.validation!.length, parts.test]).toEqual([40, 1, null]);
  });

  test('a training folder alone holds classes, split by the hash', async () => {
    const path = await folderOf(...numbered('train'), 'train/dog/1.png');
    const parts = await openFolderParts(labeled(path, { validationShare: 0.3 }));
    expect(parts.train.classNames).toEqual(['cat', 'dog']);
    expect(parts.train.length + parts.validation!.length).toBe(41);
  });

  test('without classes they are parts too, and the names in caption files count', async () => {
    const path = await temporaryFolder({
      'train/1.png': '',
      'val/2.png': '',
      'captions.jsonl': '{"image":"train/1.png","caption":"a"}\n{"image":"val/2.png","caption":"b"}',
    });
    const { train, validation } = await openFolderParts({ kind: 'folder', path });
    expect([train.caption(0), validation!.caption(0)]).toEqual(['a', 'b']);
  });
});

describe('other folders', () => {
  test('layout "none" takes them for classes', async () => {
    const path = await folderOf('train/cat/1.png', 'val/cat/2.png');
    const all = await openFolder(labeled(path, { layout: 'none' }));
    expect(all.classNames).toEqual(['train', 'val']);
    expect(all.notes).toEqual([]);
  });

  test('classes of which one is called test are classes', async () => {
    const path = await folderOf('test/1.png', 'dog/2.png');
    expect((await openFolder(labeled(path))).classNames).toEqual(['dog', 'test']);
  });

  test('a picture beside the parts is refused, with the ways out', async () => {
    const path = await folderOf('train/cat/1.png', 'val/cat/2.png', 'extra/cat/3.png');
    const message = await messageOfRejection(openFolder(labeled(path)));
    expect(message).toContain('1 picture lies in none: extra/cat/3.png.');
    expect(message).toContain('layout: "none"');
  });

  test('a class is missed below its part', async () => {
    const path = await folderOf('train/cat/1.png', 'train/2.png', 'val/cat/3.png');
    const message = await messageOfRejection(openFolder(labeled(path)));
    expect(message).toContain('1 picture has no class: train/2.png.');
    expect(message).toContain('sub-folder of train, val.');
  });

  test('a column without a caption file says so', async () => {
    const path = await folderOf('1.png', '2.png');
    for (const captions of ['none', 'txt'] as const) {
      const spec = labeled(path, { labels: 'column', captions, allowMissingCaptions: true });
      const message = await messageOfRejection(openFolder(spec));
      expect(message).toContain(`there is none with captions: "${captions}"`);
      expect(message).not.toContain('1.png');
    }
  });

  test('a part that is not there is empty', async () => {
    const path = await folderOf('a/1.png');
    await expect(openFolder(labeled(path, { split: 'test' }))).rejects.toThrow(
      `The test part of ${path} is empty.`,
    );
  });
});
