import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tinyWorkplace } from './support/tiny-run.js';

describe('the command m3ae', () => {
  let place: Awaited<ReturnType<typeof tinyWorkplace>>;
  beforeAll(async () => {
    place = await tinyWorkplace({
      train: { steps: 6, batchSize: 8, threads: 1 },
      report: { enabled: true, examples: 2 },
    });
  });
  afterAll(() => place.remove());
  const m3ae = (...args: string[]) => place.run(...args);

  test('--help tells the commands, examples and exit codes', async () => {
    const { code, stdout } = await m3ae('--help');
    expect(code).toBe(0);
    for (const word of [
      'pretrain',
      'reconstruct',
      'verify',
      'bench',
      'data',
      'Examples:',
      '130 interrupted',
    ]) {
      expect(stdout).toContain(word);
    }
    expect((await m3ae('pretrain', '--help')).stdout).toContain('--allow-config-change');
  });

  test.each([
    [['pretrian'], "error: unknown command 'pretrian'\n(Did you mean pretrain?)"],
    [['pretrain', 'x.ts', '--overwrit'], "error: unknown option '--overwrit'\n(Did you mean --overwrite?)"],
    [['pretrain'], "error: missing required argument 'config'"],
    [
      ['pretrain', 'none.ts'],
      'CONFIG must be a file or the name of a preset; received none.ts. List the presets with: npx @m3ae/trainer configs.',
    ],
    [
      ['pretrain', 'tiny.json', '--set', 'image.patchSze=4'],
      'image.patchSze must be a known setting; received 4. Did you mean patchSize?',
    ],
    [['pretrain', 'tiny.json', '--set', 'data.source.path=./nowhere'], 'nowhere'],
    [['pretrain', 'tiny.json', '--set', 'train.batchSize=64'], 'train.batchSize must be at most'],
    [
      ['pretrain', 'tiny.json', '--set', 'data.pairedShare=0.5'],
      'data.pairedShare must be large enough to leave a caption among the',
    ],
    [
      ['reconstruct', 'none', '--caption', 'a'],
      'RUN must be a folder with a checkpoint; received none. Train one with: npx @m3ae/trainer pretrain CONFIG.',
    ],
  ])('%s is bad input: exit code 2', async (args, message) => {
    const { code, stderr } = await m3ae(...args);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });

  test('--dry-run tells config, parameters, memory and steps, and writes nothing', async () => {
    const out = place.out('dry');
    const { code, stdout } = await m3ae(
      'pretrain',
      place.config,
      '--out',
      out,
      '--dry-run',
      '--set',
      'train.steps=9',
      '--seed',
      '5',
    );
    expect(code).toBe(0);
    expect(stdout).toContain('"seed": 5');
    expect(stdout).toMatch(/Parameters: [\d,]+\nMemory: about 0\.\d\d GB/);
    expect(stdout).toContain('Steps: 9 (');
    expect(existsSync(out)).toBe(false);
  });

  test('a whole run leaves its files, is not repeated, and rebuilds an example', async () => {
    const out = place.out('whole');
    const first = await m3ae('pretrain', place.config, '--out', out);
    expect([first.code, first.stderr]).toEqual([0, '']);
    expect(first.stdout).toContain(`Report: ${join(out, 'report.html')}`);
    expect(readdirSync(out)).toEqual(
      expect.arrayContaining([
        'checkpoints',
        'config.json',
        'metrics.jsonl',
        'report.html',
        'vocabulary.json',
      ]),
    );
    expect(readdirSync(out).some((name) => name.startsWith('events.out.tfevents.'))).toBe(true);
    expect(existsSync(join(out, '.lock'))).toBe(false);
    const record = JSON.parse(readFileSync(join(out, 'config.json'), 'utf8')) as Record<
      string,
      Record<string, unknown>
    >;
    expect(record.versions!.node).toBe(process.versions.node);
    expect(record.data!.fingerprints).toHaveProperty('train');
    const page = readFileSync(join(out, 'report.html'), 'utf8');
    expect(page.match(/<img /g)).toHaveLength(6);
    expect(page).not.toMatch(/(src|href)="(?!data:)|<script/); // nothing to fetch, nothing to run

    const again = await m3ae('pretrain', place.config, '--out', out);
    expect(again.code).toBe(0);
    expect(again.stdout).toContain('This run is finished. Train it again with --overwrite.');

    const changed = await m3ae('pretrain', place.config, '--out', out, '--seed', '3');
    expect(changed.code).toBe(2);
    expect(changed.stderr).toContain(
      'seed must be as the run began, 0; received 3. Set it back, or start another run with --out.',
    );

    const picture = join(place.pictures, 'p1.png');
    const rebuilt = await m3ae(
      'reconstruct',
      out,
      '--image',
      picture,
      '--caption',
      'red circle',
      '--out',
      'r.png',
    );
    expect([rebuilt.code, rebuilt.stderr]).toEqual([0, '']);
    expect(rebuilt.stdout).toContain('Picture: r.png (original, hidden, rebuilt); error ');
    expect(existsSync(join(place.folder, 'r.png'))).toBe(true);
    const noPicture = await m3ae('reconstruct', out, '--image', place.config);
    expect(noPicture.code).toBe(2);
    expect(noPicture.stderr).toContain('--image must be a picture; ');
  }, 60_000);

  test.each([
    ['pictures alone', ['method=mae', 'loss.normalizeTargets=true', 'train.accumulate=2'], ['imageLoss']],
    [
      'text alone beside pairs',
      [
        'data.unpairedText={"kind":"wordnet"}',
        'loss.unpairedTextWeight=0.5',
        'text.vocabulary=bert',
        'train.maskScope=batch',
      ],
      ['imageLoss', 'textLoss', 'unpairedTextLoss'],
    ],
    [
      'few captions, all tokens, another engine',
      [
        'data.pairedShare=0.5',
        'data.pairedBy=hash',
        'data.dropText=0.2',
        'loss.textAllTokens=true',
        'train.engine=eager',
        'train.backend=cpu',
        'optimizer.decay=exempt1d',
      ],
      ['imageLoss', 'textLoss'],
    ],
  ])(
    'trains with %s',
    async (name, settings, losses) => {
      const out = place.out(name.replaceAll(' ', '-'));
      const changes = ['train.steps=4', 'report.enabled=false', ...settings].flatMap((setting) => [
        '--set',
        setting,
      ]);
      const { code, stderr } = await m3ae('pretrain', place.config, '--out', out, '--quiet', ...changes);
      expect([code, stderr.replace(/=+\n.*TensorFlow.js.*\n=+\n/s, '').trim()]).toEqual([0, '']);
      const line = JSON.parse(
        readFileSync(join(out, 'metrics.jsonl'), 'utf8').trim().split('\n').at(-1)!,
      ) as Record<string, number>;
      for (const loss of losses) expect(line[loss]).toBeGreaterThan(0);
    },
    60_000,
  );

  test('m3ae data counts, lists unreadable files and draws a sheet', async () => {
    mkdirSync(join(place.folder, 'mixed'), { recursive: true });
    for (const name of readdirSync(place.pictures)) {
      writeFileSync(join(place.folder, 'mixed', name), readFileSync(join(place.pictures, name)));
    }
    const broken = readFileSync(join(place.pictures, 'p0.png')).subarray(0, 60);
    for (const name of ['p0', 'p1', 'p2', 'p3'])
      writeFileSync(join(place.folder, 'mixed', `${name}.png`), broken);
    const { code, stdout, stderr } = await m3ae(
      'data',
      place.config,
      '--set',
      'data.source.path=./mixed',
      '--set',
      'data.maxBadShare=0.5',
    );
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout).toMatch(/training: \d+ examples \(folder\/train\)/);
    const unreadable = [...stdout.matchAll(/^Read \d+ pictures \(.+\) in .*; (\d) unreadable$/gm)];
    expect(unreadable.reduce((sum, [, count]) => sum + Number(count), 0)).toBe(4);
    expect(stdout.match(/p[0-3]\.png cannot be decoded: /g)).toHaveLength(4);
    expect(existsSync(join(place.folder, 'data-samples.png'))).toBe(true);

    // The same files stop a run whose config allows fewer of them.
    const stopped = await m3ae(
      'pretrain',
      place.config,
      '--out',
      place.out('bad'),
      '--set',
      'data.source.path=./mixed',
      '--set',
      'data.maxBadShare=0',
    );
    expect(stopped.code).toBe(2); // bad input, as a folder that does not exist
    expect(stopped.stderr).toContain('raise maxBadShare');
  }, 60_000);

  test('a folder in use is refused; a second Ctrl-C ends at once', async () => {
    const out = place.out('busy');
    const args = ['pretrain', place.config, '--out', out, '--json', '--set', 'train.steps=100000'];
    const busy = place.start(...args);
    await busy.until((stdout) => stdout.includes('"step":2,'));
    const second = await m3ae(...args);
    expect(second.code).toBe(2);
    expect(second.stderr).toContain(`in use by process ${busy.child.pid} on `);
    busy.child.kill('SIGINT');
    busy.child.kill('SIGINT');
    expect(await busy.ended).toBe(130);
  }, 60_000);
});
