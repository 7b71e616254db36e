import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDataset } from '@m3ae/datasets';
import { key, uniform } from '@m3ae/random';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BundledCommand, bundleCommand } from './support/bundle-command.js';
import { runCommand } from './support/run-command.js';

const folder = mkdtempSync(join(tmpdir(), 'm3ae-data-prepare-'));
const photos = join(folder, 'photos');
let command: BundledCommand;
beforeAll(async () => {
  command = await bundleCommand();
  mkdirSync(photos);
  for (let at = 0; at < 60; at++) {
    const data = Uint8Array.from(uniform(key(at % 50), 64 * 48 * 3), (value) => value * 256);
    await sharp(data, { raw: { width: 64, height: 48, channels: 3 } })
      .png()
      .toFile(join(photos, `${at}.png`));
    writeFileSync(join(photos, `${at}.txt`), `noise ${at}`);
  }
});
afterAll(() => {
  command.remove();
  rmSync(folder, { recursive: true, force: true });
});

const args = (out: string, to = 'webdataset') =>
  `data prepare folder:${photos} --out ${out} --to ${to} --shorter-side 32 --shard-megabytes 0.03 --duplicate-bits 0 --shuffle-seed 7 --json`.split(
    ' ',
  );

/** SHA-256 of each file of a folder. */
const digests = (path: string) =>
  Object.fromEntries(
    readdirSync(path).map((name) => [
      name,
      createHash('sha256')
        .update(readFileSync(join(path, name)))
        .digest('hex'),
    ]),
  );

const ended = (child: ChildProcess) =>
  new Promise<number | NodeJS.Signals | null>((resolve) =>
    child.once('exit', (code, signal) => resolve(signal ?? code)),
  );

/** Kills the command as soon as it has written some whole shards. */
async function killAfter(shards: number, ending: string, typed: readonly string[], out: string) {
  const child = spawn(process.execPath, [command.script, ...typed], { stdio: 'ignore' });
  const end = ended(child);
  const kill = setInterval(() => {
    if (existsSync(join(out, `shard-0000${shards - 1}${ending}`))) child.kill('SIGKILL');
  }, 1);
  const how = await end;
  clearInterval(kill);
  return how;
}

test.each([
  ['webdataset', '.tar'],
  ['hdf5', '.h5'],
])(
  '%s: a command that is killed goes on, and every file has the bytes of one that was not',
  async (to, ending) => {
    const [whole, killed] = [join(folder, `${to}-whole`), join(folder, `${to}-killed`)];
    const { code, stdout } = await runCommand(...args(whole, to));
    expect(code).toBe(0);
    const { shards, totals } = JSON.parse(stdout.trim().split('\n').at(-1)!).value as {
      shards: object[];
      totals: { dropped: object };
    };
    expect(shards.length).toBeGreaterThan(4);
    expect(totals.dropped).toEqual({ duplicate: 10 });
    const ways = [
      await killAfter(1, ending, args(killed, to), killed),
      await killAfter(3, ending, args(killed, to), killed),
    ];
    expect(ways).toEqual(['SIGKILL', 'SIGKILL']);
    expect(existsSync(join(killed, 'index.json'))).toBe(false);
    expect((await runCommand(...args(killed, to))).code).toBe(0);
    expect(digests(killed)).toEqual(digests(whole));
  },
  60_000,
);

test('a folder of classes without captions keeps its classes, where --set says what it is', async () => {
  const classes = join(folder, 'classes');
  for (const [at, name] of ['cat', 'dog', 'cat'].entries()) {
    mkdirSync(join(classes, name), { recursive: true });
    copyFileSync(join(photos, `${at}.png`), join(classes, name, `${at}.png`));
  }
  const what = ['--set', 'data.source.captions=none', '--set', 'data.source.labels=subfolder'];
  const out = join(folder, 'classes-out');
  const { code } = await runCommand('data', 'prepare', `folder:${classes}`, '--out', out, ...what, '--quiet');
  expect(code).toBe(0);
  const written = await openDataset(`webdataset:${out}/*.tar`);
  const named = (index: number) => written.classNames![written.labels![index]!];
  expect([written.kind, [0, 1, 2].map(named)]).toEqual(['image', ['cat', 'cat', 'dog']]);
  const page = join(folder, 'classes.html');
  const inspected = await runCommand(
    'data',
    'inspect',
    `folder:${classes}`,
    '--out',
    page,
    '--json',
    ...what,
  );
  expect(JSON.parse(inspected.stdout)).toMatchObject({ examples: 3, captions: { count: 0 } });
  const odd = await runCommand(
    'data',
    'inspect',
    `folder:${classes}`,
    '--out',
    page,
    '--set',
    'data.source.captons=none',
  );
  expect([odd.code, odd.stderr]).toEqual([2, expect.stringMatching(/^data\.source\.captons must.*captions/)]);
  const other = await runCommand(
    'data',
    'inspect',
    `folder:${classes}`,
    '--out',
    page,
    '--set',
    'image.size=8',
  );
  expect([other.code, other.stderr]).toEqual([2, expect.stringContaining('image.size')]);
});

test('bad input ends with 2 and says what to type', async () => {
  const out = join(folder, 'bad');
  const kind = await runCommand('data', 'prepare', `foldr:${photos}`, '--out', out);
  expect([kind.code, kind.stderr]).toEqual([2, expect.stringContaining('folder:')]);
  const missing = await runCommand('data', 'prepare', `folder:${photos}/none`, '--out', out);
  expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining('none')]);
  const options = ['--duplicate-bits', '9', '--min-side', '0'];
  const range = await runCommand('data', 'prepare', `folder:${photos}`, '--out', out, ...options);
  expect(range.code).toBe(2);
  expect(range.stderr).toMatch(/--min-side/);
  expect(range.stderr).toMatch(/--duplicate-bits/);
  expect((await runCommand('data', 'prepare', `folder:${photos}`)).code).toBe(2);
  expect(existsSync(out)).toBe(false);
});
