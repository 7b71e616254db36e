import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createProgress } from '@m3ae/logging';
import { resolveConfig } from '../src/config/resolve.js';
import { settingRules, withExamplesOf } from '../src/run/rules.js';
import { openSources } from '../src/run/sources.js';
import { labeledConfig, writeLabeledPictures } from './support/labeled-runs.js';
import { runCommand } from './support/run-command.js';

const folder = mkdtempSync(join(tmpdir(), 'm3ae-layout-'));
const sorted = join(folder, 'sorted');
beforeAll(async () => {
  const pictures = join(folder, 'pictures');
  await writeLabeledPictures(pictures, 10);
  for (const part of ['train', 'val', 'test']) mkdirSync(join(sorted, part), { recursive: true });
  cpSync(pictures, join(sorted, 'train'), { recursive: true });
  cpSync(join(pictures, 'red-things'), join(sorted, 'val', 'red-things'), { recursive: true });
  cpSync(join(pictures, 'blue-things'), join(sorted, 'test', 'blue-things'), { recursive: true });
  cpSync(join(pictures, 'green-things'), join(sorted, 'test', 'zebra'), { recursive: true });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const progress = createProgress({ quiet: true, json: false, output: process.stdout, clock: () => 0 });

describe('a folder with train, val and test', () => {
  test('is measured on its own parts', async () => {
    const { train, labeled, validation, tests } = await openSources(
      resolveConfig(labeledConfig(sorted)),
      progress,
    );
    expect(labeled).toBe(train);
    expect(
      [train, validation!, ...tests].map(({ name, title, indices }) => [name, title, indices.length]),
    ).toEqual([
      ['train', 'training', 30],
      ['validation', 'validation', 10],
      ['test', 'unseen pictures', 20],
    ]);
    for (const { dataset } of [train, validation!, ...tests])
      expect(dataset.classNames).toEqual(['blue-things', 'green-things', 'red-things', 'zebra']);
  });

  test('gives an extra source its training part alone', async () => {
    const { data, ...rest } = labeledConfig(join(folder, 'pictures'));
    const extra = [{ kind: 'folder', path: sorted, captions: 'none' }];
    const alone = await openSources(resolveConfig({ ...rest, data }), progress);
    const { train } = await openSources(resolveConfig({ ...rest, data: { ...data, extra } }), progress);
    expect(train.indices.length - alone.train.indices.length).toBe(30);
  });

  test('m3ae data counts its classes in every part', async () => {
    const config = join(folder, 'tiny.json');
    writeFileSync(config, JSON.stringify(labeledConfig(sorted)));
    const { code, stdout, stderr } = await runCommand('data', config, '--sheet', join(folder, 'sheet.png'));
    expect([code, stderr]).toEqual([0, '']);
    const rows = stdout.split('\n').map((line) => line.trim().split(/ {2,}/));
    expect(rows).toContainEqual(['4 classes', 'training', 'validation', 'unseen pictures']);
    expect(rows).toContainEqual(['red-things', '10', '10', '0']);
    expect(rows).toContainEqual(['zebra', '0', '0', '10']);
    expect(stdout).toContain('without a training picture, so never named: zebra');
    expect(stdout).toContain('3 folders taken for parts: test, train, val');
    // The copies in val and test are pictures of train.
    expect(stdout).toContain('30 of these pictures are in more than one part');
  }, 30_000);
});

test('a run of before there was a word for it goes on with an example of each caption, others as they began', () => {
  const now = resolveConfig({
    data: { source: { kind: 'folder', path: 'photos' } },
    model: { size: 'small' },
    train: { steps: 1 },
  });
  expect(now.data.source).toMatchObject({ examples: 'pictures' });
  const { examples: _, ...source } = { examples: '', ...now.data.source };
  const earlier = { ...now, data: { ...now.data, source } } as typeof now; // as it was written then
  expect(withExamplesOf(earlier, now).data.source).toMatchObject({ examples: 'captions' });
  expect(withExamplesOf(now, now)).toEqual(now);
  // No difference that a resumed run would be refused for; evaluations read what it was trained on.
  expect(settingRules.upgrade(earlier, now).data.source).toEqual(now.data.source);
  expect(settingRules.upgrade(earlier).data.source).toMatchObject({ examples: 'captions' });
});
