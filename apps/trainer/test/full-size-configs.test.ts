import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCommand } from './support/run-command.js';

const folder = mkdtempSync(join(tmpdir(), 'm3ae-full-size-'));
const file = await sharp({ create: { width: 8, height: 8, channels: 3, background: '#884422' } })
  .png()
  .toBuffer();
beforeAll(() => {
  for (const part of ['train/a', 'train/b', 'test/a', 'test/b']) {
    mkdirSync(join(folder, 'pictures', part), { recursive: true });
    for (let at = 0; at < 4; at++) {
      writeFileSync(join(folder, 'pictures', part, `${at}.png`), file);
      writeFileSync(join(folder, 'pictures', part, `${at}.txt`), `a square, number ${at}`);
    }
  }
  writeFileSync(join(folder, 'text.txt'), 'One paragraph.\n\n'.repeat(8));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const names = readdirSync(fileURLToPath(new URL('../configs/', import.meta.url)))
  .map((name) => name.replace('.ts', ''))
  .filter((name) => /^(cc12m|imagenet|cifar100|m3ae)-/.test(name));

/** Parameters by the reference's own count, with a vocabulary of 30,522; a MAE's type embeddings (encoder, decoder) taken off. */
const parameters: Readonly<Record<string, number>> = {
  'm3ae-small': 74_782_266,
  'm3ae-base': 150_757_434,
  'm3ae-large': 376_155_194,
  'mae-small': 47_402_624 - 384 - 512,
  'mae-base': 111_656_960 - 768 - 512,
  'mae-large': 329_240_832 - 1024 - 512,
  'm3ae-paired': 150_757_434,
  'm3ae-text': 150_757_434,
};

/** What --dry-run tells a program, of 8 pictures in 4 steps of 8. */
async function dryRun(name: string) {
  const labels = name.endsWith('finetune') ? 'subfolder' : 'none';
  const source = { kind: 'folder', path: join(folder, 'pictures'), labels, validationShare: 0 };
  const changes = [
    `data.source=${JSON.stringify(source)}`,
    ...(name.endsWith('text') ? [`data.unpairedText.path=${join(folder, 'text.txt')}`] : []),
    ...(name.endsWith('finetune') ? ['initialize=null'] : []),
    ...(name === 'cifar100-finetune' ? ['evaluation.outliers=[]'] : []),
    ...(name.endsWith('paired') ? ['data.pairedShare=0.5', 'data.pairedBy=hash'] : []),
    'train.batchSize=8',
    'train.accumulate=1',
    'train.epochs=4',
    'optimizer.warmup=null',
  ];
  const sets = changes.flatMap((change) => ['--set', change]);
  const { code, stdout, stderr } = await runCommand('pretrain', name, '--dry-run', '--json', ...sets);
  expect([code, stderr]).toEqual([0, '']);
  const events = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { event: string; name: string; value: unknown });
  return Object.fromEntries(
    events.filter(({ event }) => event === 'fact').map(({ name, value }) => [name, value]),
  );
}

test.each(names)(
  '%s: --dry-run tells steps, rates, parameters, memory, arithmetic and bytes',
  async (name) => {
    const facts = await dryRun(name);
    expect(facts.steps).toMatchObject({ totalSteps: 4, trainExamples: 8 });
    expect(facts.readBytes).toBe(4 * 8 * file.length);
    expect(facts.summedRate).toBeGreaterThan(0);
    expect(facts.memoryBytes).toBeGreaterThan(1e9);
    expect(facts.flopsPerStep).toBeGreaterThan(1e10);
    // Of classifiers the reference has no count with these two classes.
    expect(facts.parameters).toBe(parameters[name.replace('cc12m-', '')] ?? facts.parameters);
  },
);
