import { existsSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { OutlierResults } from '@m3ae/evaluation/outliers';
import type { AttentionResults } from '@m3ae/evaluation/attention';
import type { Evaluation } from '@m3ae/runs';
import type { RebuiltExample } from '../src/commands/run-reconstruct.js';
import { labeledWorkplace, writeLabeledPictures } from './support/labeled-runs.js';
import { runCommand } from './support/run-command.js';

let place: Awaited<ReturnType<typeof labeledWorkplace>>;
let run: string;
let picture: string;

beforeAll(async () => {
  place = await labeledWorkplace();
  run = place.out('photos');
  expect(await place.pretrain('photos', 'evaluation.enabled=false')).toMatchObject({ code: 0, stderr: '' });
  const others = join(place.folder, 'others');
  await writeLabeledPictures(others, 2);
  picture = join(others, 'red-things', 'p0.png');
}, 120_000);
afterAll(() => place.remove());

async function evaluated<Results>(...args: readonly string[]): Promise<Results> {
  const { code, stdout, stderr } = await runCommand(...args, '--json');
  expect([code, stderr]).toEqual([0, '']);
  return (JSON.parse(stdout) as Evaluation<Results>).results;
}

test('a picture of one’s own is all that is read: the data of the run may be gone', async () => {
  const away = join(place.folder, 'away');
  renameSync(place.pictures, away);
  try {
    const own = ['--image', picture, '--caption', 'red square'];
    const { code, stdout } = await runCommand('attention', run, ...own);
    expect(code).toBe(0);
    expect(stdout).toContain('0.png: red square');
    expect(stdout).not.toMatch(/Drawing pictures|scenes/);
    expect(await runCommand('reconstruct', run, ...own)).toMatchObject({ code: 0 });
    expect(await runCommand('attention', run)).toMatchObject({ code: 2 }); // needs the data
  } finally {
    renameSync(away, place.pictures);
  }
  expect(existsSync(join(run, 'evaluations', 'attention.json'))).toBe(false);
  expect(readFileSync(join(run, 'report.html'), 'utf8')).toContain(
    'Where words look in a picture of your own',
  );
});

test('attention of a run of photos looks at its own unseen pictures, not at emoji', async () => {
  const { code, stdout } = await runCommand('attention', run, '--pictures', '4');
  expect(code).toBe(0);
  expect(stdout).not.toMatch(/Drawing pictures|scenes/);
  const results = await evaluated<AttentionResults>('attention', run, '--pictures', '4');
  expect(results).toMatchObject({ validation: null, pointing: null, layers: [] });
  expect(results.pictures).toHaveLength(4);
  for (const { source, caption, words } of results.pictures) {
    expect(source).toMatch(/(red|green|blue)-things\/p\d+\.png/);
    expect(words.map(({ text }) => text)).toEqual(caption.split(' '));
  }
});

test('outliers of a run of photos are those that are named; the built-in ones are offered', async () => {
  const { code, stdout, stderr } = await runCommand('ood', run);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain('evaluation.outliers must be a list with pictures of another kind');
  expect(stderr).toContain('--built-in');
  const outliers = JSON.stringify([{ kind: 'folder', path: join(place.folder, 'others') }]);
  const set = ['--set', `evaluation.outliers=${outliers}`, '--scores', 'mahalanobis'];
  const results = await evaluated<OutlierResults>('ood', run, ...set);
  expect(results.outliers.map(({ key }) => key)).toEqual(['others']);
});

test('words that the vocabulary lacks are named, and what is too long is cut, as in training', async () => {
  const rebuilt = (caption: string) => evaluated<RebuiltExample>('reconstruct', run, '--caption', caption);
  const hello = await rebuilt('Hello red, square zebra');
  expect(hello.notes).toHaveLength(1);
  expect(hello.notes[0]).toContain('lacks "Hello", ",", "zebra": the model reads [UNK]');
  expect((await rebuilt('red square')).notes).toEqual([]);

  const long = 'red square tile shape red square tile shape'; // the model takes six pieces
  const cut = await rebuilt(long);
  expect(cut.pieces.map(({ piece }) => piece)).toEqual(long.split(' ').slice(0, 6));
  expect(cut.notes[0]).toContain(
    '8 word pieces and the text of the model 6 (text.maxLength): "tile shape" is cut',
  );
  const own = ['--image', picture, '--caption', long];
  const { notes, pictures } = await evaluated<AttentionResults>('attention', run, ...own);
  expect(notes).toEqual(cut.notes);
  expect(pictures[0]!.words).toHaveLength(6);
  expect((await runCommand('reconstruct', run, '--caption', 'hello')).stdout).toContain('"hello"');
});
