import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { latestCheckpoint, loadCheckpoint } from '@m3ae/checkpoint/files';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chances, resultOf, tinyWorkplace } from './support/tiny-run.js';

const sizes = { embedDim: 16, depth: 2, heads: 2 };
const masked = { ...sizes, decoderDim: 16, decoderDepth: 1, decoderHeads: 2 };

describe('methods, each from the command', () => {
  let place: Awaited<ReturnType<typeof tinyWorkplace>>;
  let sorted: string;

  /** A config file beside the first; pictures sorted into folders where it asks for labels. */
  function configFile(name: string, change: Record<string, unknown>): string {
    const base = JSON.parse(readFileSync(place.config, 'utf8')) as Record<string, unknown>;
    const path = join(place.folder, `${name}.json`);
    writeFileSync(path, JSON.stringify({ ...base, name, ...change }));
    return path;
  }

  const labeled = () => ({
    source: { kind: 'folder', path: sorted, validationShare: 0.3, labels: 'subfolder', captions: 'none' },
    workers: 0,
  });
  const short = { train: { steps: 12, batchSize: 8, threads: 1 } };
  const clip = () =>
    configFile('clip', {
      method: 'clip',
      model: { ...sizes, dropout: 0.1, dropPath: 0.2, clip: { textDim: 8, sharedDim: 12 } },
      ...short,
    });
  const supervised = (change: Record<string, unknown> = {}) =>
    configFile('supervised', {
      method: 'supervised',
      data: labeled(),
      model: { ...sizes, dropPath: 0.2, dropPathSchedule: 'linear', pooling: 'mean' },
      augment: { mixup: 0.8, cutmix: 1, labelSmoothing: 0.1 },
      ...short,
      ...change,
    });

  beforeAll(async () => {
    place = await tinyWorkplace();
    sorted = join(place.folder, 'sorted');
    for (const name of readdirSync(place.pictures).filter((file) => file.endsWith('.png'))) {
      const folder = join(sorted, `class-${Number(/\d+/.exec(name)![0]) % 3}`);
      mkdirSync(folder, { recursive: true });
      cpSync(join(place.pictures, name), join(folder, name));
    }
  }, 120_000);

  afterAll(() => place.remove());

  const lines = (file: string) =>
    readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, number>);

  const pathsOf = async (out: string) => {
    const { trees } = await loadCheckpoint((await latestCheckpoint(out))!.folder);
    return trees.model!;
  };

  test.each([
    ['clip', clip, ['imageToTextAccuracy', 'textToImageAccuracy', 'logitScale', 'pairedRatio']],
    ['supervised', supervised, ['accuracy']],
    ['mae', () => configFile('mae', { method: 'mae', model: masked, ...short }), ['imageLoss']],
  ])(
    '%s killed at random moments ends as if it had not been',
    async (name, config, metrics) => {
      const whole = place.out(`${name}-whole`);
      const file = config();
      const first = await place.run('pretrain', file, '--out', whole, '--quiet');
      expect([first.code, first.stderr]).toEqual([0, '']);
      const expected = await resultOf(whole);
      expect(lines(join(whole, 'metrics.jsonl'))).toHaveLength(12);
      for (const metric of metrics) {
        expect(lines(join(whole, 'metrics.jsonl'))[0]![metric]).toBeTypeOf('number');
        expect(lines(join(whole, 'validation.jsonl'))[0]![metric]).toBeTypeOf('number');
      }

      const out = place.out(`${name}-killed`);
      const args = ['pretrain', file, '--out', out, '--resume', '--json'];
      const chance = chances(2, 8);
      for (let attempt = 0; attempt < 4; attempt++) {
        const started = place.start(...args);
        const steps = Math.floor(chance[2 * attempt]! * 6);
        await started.until((stdout) => (stdout.match(/"event":"step"/g) ?? []).length >= steps);
        await new Promise((resolve) => setTimeout(resolve, chance[2 * attempt + 1]! * 40));
        started.child.kill('SIGKILL');
        await started.ended;
      }
      expect((await place.run(...args)).code).toBe(0);
      expect(await resultOf(out)).toEqual(expected);
    },
    300_000,
  );

  test('the encoder of another run is where a run begins, and nothing else of it', async () => {
    const first = place.out('mae-whole');
    expect(existsSync(first)).toBe(true);
    // Rates of 0: what is saved is what the run began with.
    const optimizer = {
      peakLearningRate: 1e-30,
      warmup: { steps: 0 },
      learningRatePer: 'batch',
      layerDecay: 0.5,
    };
    const out = place.out('tuned');
    const config = supervised({ name: 'tuned', initialize: { run: first }, optimizer });
    const { code, stderr } = await place.run('pretrain', config, '--out', out, '--quiet');
    expect([code, stderr]).toEqual([0, '']);
    const [given, found] = [await pathsOf(first), await pathsOf(out)];
    const encoder = Object.keys(found).filter((path) => !path.startsWith('classifier.'));
    expect(encoder.length).toBeGreaterThan(20);
    for (const path of encoder) expect(found[path]).toEqual(given[path]);
    expect(Object.keys(found).filter((path) => /decoder|Head|Mask/.test(path))).toEqual([]);

    // Going on needs the other run no more.
    renameSync(first, `${first}-away`);
    const resumed = await place.run('pretrain', config, '--out', out, '--resume', '--quiet');
    renameSync(`${first}-away`, first);
    expect(resumed.code).toBe(0);
  }, 120_000);

  test('an encoder that does not fit is refused, tensor by tensor', async () => {
    const run = place.out('mae-whole');
    const deep = supervised({ initialize: { run }, model: { ...sizes, depth: 1, useTypeEmbedding: false } });
    const { code, stderr } = await place.run('pretrain', deep, '--out', place.out('misfit'), '--quiet');
    expect(code).toBe(2);
    expect(stderr).toContain('encoder.blocks.1.attention.qkv.kernel of ');
    expect(stderr).toContain(
      'must be a parameter of this model; received one without a use. Set model.depth as',
    );
    expect(stderr).toContain('Set model.useTypeEmbedding to true, as that run did.');
    const wide = supervised({ initialize: { run }, model: { ...sizes, embedDim: 32 } });
    const other = await place.run('pretrain', wide, '--out', place.out('misfit'), '--quiet');
    expect(other.code).toBe(2);
    expect(other.stderr).toMatch(/clsToken of .* must be of shape \[1,1,32\]; received \[1,1,16\]/);
  }, 120_000);

  const refused: [name: string, config: () => string, message: string][] = [
    [
      'a run to begin with that is not there',
      () => supervised({ initialize: { run: 'runs/nowhere' } }),
      'initialize.run must be a folder with a checkpoint; received runs/nowhere. Train one with: npx @m3ae/trainer pretrain CONFIG.',
    ],
    [
      'supervised training on pictures without classes',
      () => configFile('bare', { method: 'supervised', model: sizes, ...short }),
      'data.source.labels must be "subfolder" or "column" with method "supervised"; received "none".',
    ],
    [
      'supervised training on one class',
      () => {
        const only = join(place.folder, 'only');
        rmSync(only, { recursive: true, force: true });
        cpSync(place.pictures, join(only, 'same'), { recursive: true });
        const source = { kind: 'folder', path: only, validationShare: 0.3, labels: 'subfolder' };
        return configFile('one', {
          method: 'supervised',
          data: { source, workers: 0 },
          model: sizes,
          ...short,
        });
      },
      'data.source must be a source with at least 2 classes for method "supervised"; received 1.',
    ],
    [
      'contrast on pictures without captions',
      () => configFile('mute', { method: 'clip', data: labeled(), model: sizes, ...short }),
      'data.source must be a source with captions for method "clip"; received folder',
    ],
  ];

  test.each(refused)('%s: refused', async (_, config, message) => {
    const { code, stderr } = await place.run('pretrain', config(), '--out', place.out('refused'), '--quiet');
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  });

  test('captions that are longer than the text are cut off', async () => {
    for (const name of readdirSync(place.pictures).filter((file) => file.endsWith('.png'))) {
      writeFileSync(join(place.pictures, name.replace('.png', '.txt')), `${'very '.repeat(200)}red ${name}`);
    }
    const out = place.out('long');
    const args = ['--set', 'train.steps=4', '--set', 'optimizer.warmup.steps=1'];
    const { code, stderr } = await place.run('pretrain', clip(), '--out', out, '--quiet', ...args);
    expect([code, stderr]).toEqual([0, '']);
    expect((await pathsOf(out))['textTower.positions']!.shape).toEqual([6, 8]);
  }, 60_000);

  test.each([
    ['clip', clip],
    ['supervised', supervised],
  ])('a dry run of %s tells parameters and memory', async (_, config) => {
    const { code, stdout } = await place.run('pretrain', config(), '--dry-run');
    expect(code).toBe(0);
    expect(stdout).toMatch(/Parameters: [\d,]+/);
    expect(stdout).toMatch(/Memory: about 0\.\d+ GB/);
  });
});
