import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isInvalidInput } from '@m3ae/errors';
import { describe, expect, test } from 'vitest';
import {
  cleanCheckpoints,
  inspectCheckpoints,
  listCheckpoints,
  loadNewestCheckpoint,
  makeFolder,
  removeLeftovers,
  saveCheckpoint,
} from '../src/files.js';
import { someTrees, temporaryFolder } from './support.js';

const save = (run: string, step: number) =>
  saveCheckpoint(run, { step, trees: someTrees(step), state: { seed: step } });

/** A run with whole checkpoints of steps 1, 2 and 3. */
async function someRun() {
  const run = await temporaryFolder();
  for (const step of [1, 2, 3]) await save(run, step);
  return { run, place: (step: number, file = '') => join(run, 'checkpoints', `step-0000000${step}`, file) };
}

async function flip(path: string, at: number) {
  const content = await readFile(path);
  content[at < 0 ? content.length + at : at]! ^= 1;
  await writeFile(path, content);
}

/** Damage to the newest checkpoint, and what must be named. */
const damages: [string, string, (path: string) => Promise<void>][] = [
  'model.safetensors',
  'state.json',
].flatMap(
  (file) =>
    [
      [`${file} missing`, file, (path: string) => rm(path)],
      [`${file} empty`, file, (path: string) => truncate(path, 0)],
      [`${file} cut short`, file, async (path: string) => truncate(path, (await readFile(path)).length - 3)],
      [`${file} with a flipped byte at its start`, file, (path: string) => flip(path, 0)],
      [`${file} with a flipped byte near its end`, file, (path: string) => flip(path, -8)],
      [
        `${file} of another checkpoint`,
        file,
        async (path: string) => {
          await writeFile(path, await readFile(path.replace('step-00000003', 'step-00000001')));
        },
      ],
    ] as [string, string, (path: string) => Promise<void>][],
);

describe('a newest checkpoint that is damaged', () => {
  test.each(damages)('%s: is named, and the newest whole one is loaded', async (_, file, damage) => {
    const { run, place } = await someRun();
    await damage(place(3, file));
    const { newest, damaged } = await loadNewestCheckpoint(run);
    expect([newest?.step, newest?.folder, newest?.state]).toEqual([2, place(2), { seed: 2 }]);
    expect(damaged.map(({ step, folder }) => [step, folder])).toEqual([[3, place(3)]]);
    expect(damaged[0]!.reason).toContain(place(3));
  });

  test('all of them damaged, each in another way: none is loaded, all are told, newest first', async () => {
    const { run, place } = await someRun();
    await rm(place(1), { recursive: true });
    await mkdir(place(1));
    await flip(place(2, 'optimizer.safetensors'), -1);
    await rm(place(3), { recursive: true });
    await writeFile(place(3), 'a file in the place of a folder');
    const { newest, damaged } = await loadNewestCheckpoint(run);
    expect(newest).toBeUndefined();
    expect(damaged.map(({ step }) => step)).toEqual([3, 2, 1]);
  });

  test('damage to an older one is nobody else’s', async () => {
    const { run, place } = await someRun();
    await rm(place(2, 'state.json'));
    expect((await loadNewestCheckpoint(run)).damaged).toEqual([]);
    const { whole, damaged } = await inspectCheckpoints(run);
    expect([whole.map(({ step }) => step), damaged.map(({ step }) => step)]).toEqual([[1, 3], [2]]);
    expect(damaged[0]!.reason).toBe(`${place(2, 'state.json')} is missing.`);
  });

  test('one that was copied under the name of another step does not pass for it', async () => {
    const { run, place } = await someRun();
    await rename(place(1), place(9));
    const { newest, damaged } = await loadNewestCheckpoint(run);
    expect([newest?.step, damaged[0]?.step]).toEqual([3, 9]);
    expect(damaged[0]?.reason).toContain('step must be that of its name; received 1.');
  });
});

test('what a crash hid is brought back before anybody reads', async () => {
  const { run, place } = await someRun();
  await rename(place(3), join(run, 'checkpoints', '.step-00000003.removed'));
  await mkdir(join(run, 'checkpoints', '.step-00000003.partial'));
  await cleanCheckpoints(run);
  expect((await listCheckpoints(run)).map(({ step }) => step)).toEqual([1, 2, 3]);
  expect(await readdir(join(run, 'checkpoints'))).toHaveLength(3);
});

test('half-written files of killed processes go; those of living ones, and other files, stay', async () => {
  const folder = await temporaryFolder();
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  const gone = `vocabulary.json.${child.pid}.part`;
  const stay = [
    `report.html.${process.pid}.part`,
    'events.out.tfevents.1.host.999999999',
    'a.part',
    'b.12.parts',
  ];
  for (const name of [gone, ...stay]) await writeFile(join(folder, name), '');
  expect(await removeLeftovers(folder)).toEqual([gone]);
  expect((await readdir(folder)).sort()).toEqual(stay.sort());
  expect(await removeLeftovers(join(folder, 'nowhere'))).toEqual([]);
});

describe('makeFolder', () => {
  test('makes what is missing, and minds nothing that is there', async () => {
    const path = join(await temporaryFolder(), 'a', 'b', 'c');
    makeFolder(path);
    makeFolder(path);
    expect(existsSync(path)).toBe(true);
  });

  test('ends with one error where no folder can be', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'file'), '');
    await symlink(join(folder, 'loop'), join(folder, 'loop'));
    const places: [string, string][] = [
      [join(folder, 'file'), 'ENOTDIR'],
      [join(folder, 'file', 'a', 'b'), 'ENOTDIR'],
      [join(folder, 'x'.repeat(300), 'a'), 'ENAMETOOLONG'],
      [join(folder, 'loop', 'a'), 'ELOOP'],
    ];
    // Of a name in there the system says that it does not exist, and then that it cannot be made for the same reason.
    if (process.platform === 'linux') places.push(['/proc/m3ae/a/b', 'ENOENT'], ['/proc/m3ae', 'ENOENT']);
    for (const [path, code] of places) {
      let thrown: unknown;
      try {
        makeFolder(path);
      } catch (error) {
        thrown = error;
      }
      expect(isInvalidInput(thrown) && thrown.faults, basename(path)).toMatchObject([
        { path, rule: 'writable', received: code },
      ]);
    }
  });
});
