import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createProgress } from '@m3ae/logging';
import { resolveConfig } from '../src/config/resolve.js';
import { dryRun } from '../src/run/dry-run.js';

/** What a dry run says of a folder whose files are given. */
async function told(
  files: Record<string, string>,
  source: object,
  quiet = false,
  initialize: object | null = null,
): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'm3ae-notes-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) await writeFile(join(path, name), content, 'latin1');
  let text = '';
  const progress = createProgress({
    quiet,
    clock: () => 0,
    output: { write: (more) => (text += more) },
  });
  const config = resolveConfig({
    data: { source: { kind: 'folder', path, ...source } },
    image: { size: 16, patchSize: 8 },
    text: { maxLength: 8, vocabulary: 'trimmed' },
    model: { embedDim: 8, depth: 1, heads: 1, decoderDim: 8, decoderDepth: 1, decoderHeads: 1 },
    train: { steps: 1, batchSize: 4 },
    initialize,
  });
  await dryRun(config, progress);
  return text;
}

const pictures = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`${i}.png`, '']));
const rows = Array.from({ length: 60 }, (_, i) => `${i}.png;caf\xe9 ${i}`).join('\n');

test('what was guessed or left out is told once, though two parts are opened', async () => {
  const text = await told(
    { ...pictures, 'x.bmp': '', 'captions.csv': `Image;Caption\n${rows}\ngone.png;lost\n` },
    { allowMissingPictures: true },
  );
  const notes = text.split('\n').filter((line) => line.startsWith('Data: '));
  expect(notes).toHaveLength(4);
  for (const words of [
    '60 lines not in UTF-8, read as windows-1252',
    'semicolons',
    '1 picture not read: .bmp',
    'captions.csv:62',
  ]) {
    expect(notes.filter((note) => note.includes(words))).toHaveLength(1);
  }
});

const tidy = `image,caption\n${rows.replaceAll(';', ',').replaceAll('\xe9', 'e')}\n`;

test('nothing is told of a folder in order, nor where quiet is asked for', async () => {
  expect(await told({ ...pictures, 'captions.csv': tidy }, {})).not.toContain('Data: ');
  expect(await told({ ...pictures, 'captions.csv': `image;caption\n${rows}\n` }, {}, true)).toBe('');
});

test.each([{ run: 'runs/nowhere' }, { weights: 'nowhere.pth' }])(
  '%j that is not there ends a dry run',
  async (initialize) => {
    const dry = told({ ...pictures, 'captions.csv': tidy }, {}, true, initialize);
    await expect(dry).rejects.toMatchObject({ head: `initialize.${Object.keys(initialize)[0]}` });
  },
);
