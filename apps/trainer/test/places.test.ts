import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { resolveConfig } from '../src/index.js';
import { requireOutsideOfData } from '../src/run/checks.js';
import { runCommand } from './support/run-command.js';
import { tinyConfig, tinyWorkplace } from './support/tiny-run.js';

/** A disk that is full for the files of some name. */
const disk = vi.hoisted(() => ({ fullFor: null as RegExp | null, names: new Map<number, string>() }));

vi.mock('node:fs', async (original) => {
  const real = await original<typeof import('node:fs')>();
  return {
    ...real,
    openSync: (path: string, flags: string) => {
      const file = real.openSync(path, flags);
      disk.names.set(file, String(path));
      return file;
    },
    writeFileSync: (file: string | number, data: string | Uint8Array, ...more: []) => {
      const name = typeof file === 'number' ? (disk.names.get(file) ?? '') : String(file);
      if (disk.fullFor?.test(name)) {
        throw Object.assign(new Error('ENOSPC: no space left on device, write'), {
          code: 'ENOSPC',
          syscall: 'write',
        });
      }
      return real.writeFileSync(file, data, ...more);
    },
  };
});

describe('places that cannot be written', () => {
  let place: Awaited<ReturnType<typeof tinyWorkplace>>;
  let study: string;
  let run: string;
  /** Each with the code of the system. */
  let places: [string, string][];
  beforeAll(async () => {
    place = await tinyWorkplace({
      train: { steps: 4, batchSize: 8, threads: 1 },
      checkpoint: { everySteps: 2 },
    });
    const folder = mkdtempSync(join(tmpdir(), 'places-'));
    writeFileSync(join(folder, 'file'), '');
    mkdirSync(join(folder, 'a-folder'));
    symlinkSync(join(folder, 'loop'), join(folder, 'loop'));
    places = [
      [join(folder, 'file', 'a', 'b'), 'ENOTDIR'],
      [join(folder, 'loop', 'b'), 'ELOOP'],
      [join(folder, 'x'.repeat(300), 'b'), 'ENAMETOOLONG'],
    ];
    if (process.platform === 'linux') places.push(['/proc/m3ae/a/b', 'ENOENT']);
    run = place.out('run');
    expect((await runCommand('pretrain', place.config, '--out', run, '--quiet')).code).toBe(0);
    study = join(folder, 'study.json');
    writeFileSync(
      study,
      JSON.stringify({
        name: 's',
        base: place.config,
        seeds: [0],
        variants: { a: {} },
        tables: [
          {
            id: 't',
            title: 'T',
            rows: [{ variant: 'a' }],
            metrics: [{ id: 'm', title: 'm', path: 'pretrain.minutes' }],
          },
        ],
      }),
    );
  }, 60_000);
  afterAll(() => place.remove());

  test('every option that names one ends with one error about it, before any work', async () => {
    for (const [path, code] of places) {
      for (const args of [
        ['pretrain', place.config, '--out', path],
        ['data', place.config, '--sheet', path],
        ['study', study, '--out', path],
        ['reconstruct', run, '--caption', 'red', '--image', join(place.pictures, 'p1.png'), '--out', path],
      ]) {
        const { code: exit, stderr } = await runCommand(...args);
        expect([exit, stderr.trim().split('\n').length], `${args.join(' ')}\n${stderr}`).toEqual([2, 1]);
        expect(stderr).toContain(`must be writable; received ${code}.`);
      }
    }
  }, 60_000);

  test('a new run is refused among the pictures of a folder; one that is there already stays where it is', async () => {
    for (const among of ['', 'runs/a', '..runs']) {
      const folder = join(place.pictures, among);
      const { code, stderr } = await runCommand('pretrain', place.config, '--out', folder);
      expect([code, stderr.trim().split('\n').length], stderr).toEqual([2, 1]);
      expect(stderr).toContain(`--out must be outside of ${place.pictures}`);
    }
    const config = resolveConfig(tinyConfig(place.pictures));
    const begun = join(place.pictures, 'begun');
    mkdirSync(begun);
    writeFileSync(join(begun, 'config.json'), '{}');
    for (const folder of [`${place.pictures}-2`, place.folder, begun])
      expect(() => requireOutsideOfData(folder, config), folder).not.toThrow();
    const extra = [{ ...config.data.source, path: place.folder }] as typeof config.data.extra;
    const joined = { ...config, data: { ...config.data, extra } };
    expect(() => requireOutsideOfData(place.folder, joined)).toThrow(`outside of ${place.folder}, whose`);
    rmSync(begun, { recursive: true });
  }, 60_000);

  test('links lead nowhere else: neither one to the pictures nor one among them, and --dry-run tells it', async () => {
    const config = resolveConfig(tinyConfig(place.pictures));
    const [there, linked, away] = [
      join(place.folder, 'there'),
      join(place.folder, 'linked'),
      join(place.folder, 'away'),
    ];
    symlinkSync(place.pictures, linked);
    mkdirSync(away);
    const within = join(place.pictures, 'away');
    symlinkSync(away, within);
    for (const folder of [linked, join(linked, 'runs', 'a')])
      expect(() => requireOutsideOfData(folder, config), folder).toThrow('outside of');
    const throughLink = resolveConfig(tinyConfig(linked));
    expect(() => requireOutsideOfData(join(place.pictures, 'runs'), throughLink)).toThrow('outside of');
    for (const folder of [join(within, 'a'), there])
      expect(() => requireOutsideOfData(folder, config), folder).not.toThrow();
    const source = { ...config.data.source, followLinks: true } as typeof config.data.source;
    const following = { ...config, data: { ...config.data, source } };
    expect(() => requireOutsideOfData(join(within, 'a'), following)).toThrow('outside of'); // it is read there
    const { code, stderr } = await runCommand(
      'pretrain',
      place.config,
      '--dry-run',
      '--out',
      join(linked, 'a'),
    );
    expect([code, stderr.trim().split('\n').length], stderr).toEqual([2, 1]);
    [linked, within].forEach((link) => rmSync(link));
    rmSync(away, { recursive: true });
  }, 60_000);

  test('a cache that cannot be made is no different', async () => {
    const source = (cacheFolder: string) => JSON.stringify({ kind: 'emoji', vendors: ['noto'], cacheFolder });
    for (const [path, code] of places) {
      const { code: exit, stderr } = await runCommand(
        'pretrain',
        place.config,
        '--out',
        place.out('cache'),
        '--set',
        `data.source=${source(path)}`,
      );
      expect(exit).not.toBe(0);
      expect(stderr).toContain(code);
      expect(stderr).toContain('cacheFolder');
    }
  }, 60_000);

  test.each([/metrics\.jsonl$/, /tfevents/, /config\.json/, /vocabulary\.json/, /journal\.json/])(
    'a disk that is full for %s: what was being written, what is safe and how to go on',
    async (name) => {
      const out = place.out(`full-${name.source.length}`);
      const args = ['pretrain', place.config, '--out', out, '--quiet'];
      expect((await runCommand(...args)).code).toBe(0);
      const more = ['--set', 'train.steps=4', '--resume', '--overwrite'];
      disk.fullFor = name;
      const { code, stderr } = await runCommand(...args, ...more);
      disk.fullFor = null;
      expect(code).toBe(1);
      expect(stderr).toMatch(/must be writable; received ENOSPC\. The disk is full: .* It needs \d+ kB\./);
      expect(stderr).toMatch(
        name.source.includes('journal') ? /step 2 .* is whole/ : /No checkpoint was saved yet/,
      );
      expect(stderr).toContain(`--out ${out} --resume`);
      expect(await runCommand(...args, '--resume')).toMatchObject({ code: 0, stderr: '' });
    },
    60_000,
  );
});
