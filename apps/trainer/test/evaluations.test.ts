import {
  copyFileSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type {
  FineTuneResults,
  NeighborResults,
  ProbeResults,
  ReferenceProbeResults,
} from '@m3ae/evaluation/probe';
import type { RetrievalResults } from '@m3ae/evaluation/retrieval';
import type { MapResults } from '@m3ae/evaluation/embedding';
import type { Evaluation } from '@m3ae/runs';
import { resultOf } from './support/tiny-run.js';
import { labeledWorkplace } from './support/labeled-runs.js';
import { runCommand } from './support/run-command.js';

describe('evaluations of a trained run', () => {
  let place: Awaited<ReturnType<typeof labeledWorkplace>>;
  let run: string;

  beforeAll(async () => {
    place = await labeledWorkplace();
    run = place.out('m3ae');
    const trained = [
      await place.pretrain('m3ae'),
      await place.pretrain('mae', 'method=mae', 'report.enabled=false'),
      await place.pretrain('clip', 'method=clip', 'report.enabled=false', 'evaluation.enabled=false'),
    ];
    for (const { code, stderr } of trained) expect([code, stderr]).toEqual([0, '']);
  }, 180_000);
  afterAll(() => place.remove());

  async function evaluated<Results>(...args: readonly string[]): Promise<Evaluation<Results>> {
    const { code, stdout, stderr } = await runCommand(...args, '--json');
    expect([code, stderr]).toEqual([0, '']);
    return JSON.parse(stdout) as Evaluation<Results>; // one object and nothing else
  }
  const recorded = (folder: string, name: string) =>
    JSON.parse(readFileSync(join(folder, 'evaluations', `${name}.json`), 'utf8')) as Evaluation;
  const page = () => readFileSync(join(run, 'report.html'), 'utf8');

  test('pre-training ends with a probe and nearest neighbors, recorded as the commands record them', async () => {
    const atEnd = recorded(run, 'probe').results as ProbeResults;
    const again = await evaluated<ProbeResults>('probe', run, '--features', 'mean,cls,both,pixels');
    expect(again.results).toEqual(atEnd);
    const votes = recorded(run, 'knn').results as NeighborResults;
    const votesAgain = await evaluated<NeighborResults>('knn', run, '--features', 'mean,cls,both,pixels');
    expect(votesAgain.results).toEqual(votes);
    expect(recorded(run, 'reconstruct').evaluation).toBe('reconstruct');
  });

  test('probe: pixels of three colours are told apart; the record is what was printed', async () => {
    const record = await evaluated<ProbeResults>('probe', run, '--features', 'pixels', '--l2', '0.01');
    expect(recorded(run, 'probe')).toEqual(record);
    const { features, best, classes, tests, details } = record.results;
    expect([best, classes]).toEqual(['pixels', 3]);
    expect(features.pixels!.tests.test!.top1).toMatchObject({ value: 1, count: tests[0]!.length });
    expect(details.test!.confusion.map(([truth, named]) => truth - named)).toEqual([0, 0, 0]);
    expect(record.run).toMatchObject({ name: 'tiny', method: 'm3ae', seed: 0, step: 6 });
    expect(record.run.weights).toMatch(/^[0-9a-f]{64}$/);
    expect(record.settings).toMatchObject({ l2: [0.01], features: ['pixels'] });
    expect(page()).toContain('Class by class on unseen pictures: linear classifier, raw pixels');
  });

  test('probe: the flag of earlier versions means the same', async () => {
    const { settings } = await evaluated<ProbeResults>(
      'probe',
      run,
      '--features',
      'pixels',
      '--strengths',
      '0.01',
    );
    expect(settings).toMatchObject({ l2: [0.01] });
  });

  test('probe: says it when the weakest penalty tried is the best', async () => {
    const printed = async (penalties: string) =>
      (await runCommand('probe', run, '--features', 'pixels', '--l2', penalties)).stdout;
    expect(await printed('1e12,0.01')).toContain(
      `a weaker one may be better still: npx @m3ae/trainer probe ${run} --l2 1000000000000,0.01,0.003\n`,
    );
    expect(await printed('0.01,0.001')).not.toContain('weaker'); // both name all pictures right
  });

  test("the reference's probe stands beside, after its last epoch and its best", async () => {
    const args = ['probe', run, '--reference', '--features', 'pixels', '--epochs', '20', '--batch', '8'];
    const { results, settings } = await evaluated<ReferenceProbeResults>(...args);
    expect(settings).toMatchObject({ epochs: 20, warmupEpochs: 2, batchSize: 8 });
    const { epochs, best, tests, validation } = results.features.pixels!;
    expect(epochs).toBe(20);
    expect(tests.test!.top1.value).toBeGreaterThan(0.5); // one of three is chance
    expect(best.validation.value).toBeGreaterThanOrEqual(validation.value);
    expect(page()).toContain(`epoch 20; best on validation: ${best.epoch}`);
  });

  test('features are made once, and again for other weights or a damaged file', async () => {
    const folder = join(run, 'features');
    await runCommand('probe', run, '--quiet');
    const files = () => readdirSync(folder).sort();
    const times = () => files().map((name) => statSync(join(folder, name)).mtimeMs);
    const [before, made] = [files(), times()];
    const first = await evaluated<NeighborResults>('knn', run);
    expect([files(), times()]).toEqual([before, made]);

    const encoded = before.find((name) => !name.startsWith('pixels'))!;
    truncateSync(join(folder, encoded), 40);
    expect((await evaluated<NeighborResults>('knn', run)).results).toEqual(first.results);
    expect(statSync(join(folder, encoded)).size).toBeGreaterThan(40);

    const early = await evaluated<NeighborResults>('knn', join(run, 'checkpoints', 'step-00000003'));
    expect(early.run.step).toBe(3);
    expect(early.run.weights).not.toBe(first.run.weights);
    expect(files().length).toBe(before.length + 3);
  });

  test('knn and probe of a person print a table', async () => {
    const { stdout } = await runCommand('knn', run, '--neighbors', '1,3');
    expect(stdout).toMatch(/features +neighbors +validation +unseen pictures\nmean/);
    expect(stdout).toContain(`Report: ${join(run, 'report.html')}`);
  });

  test('finetune trains from the encoder on and measures its own head', async () => {
    const args = ['finetune', run, '--epochs', '2', '--layer-decay', '0.5', '--set', 'augment.mixup=0.8'];
    const { results, settings } = await evaluated<FineTuneResults>(...args);
    expect(results.tests.test!.top1.count).toBe(results.parts[0]!.length);
    expect(settings).toMatchObject({
      augment: { mixup: 0.8, cutmix: 0 },
      optimizer: { layerDecay: 0.5, b2: 0.999 },
    });
    const begun = JSON.parse(readFileSync(join(run, 'finetune', 'config.json'), 'utf8')) as {
      config: Record<string, unknown>;
    };
    expect(begun.config).toMatchObject({
      method: 'supervised',
      initialize: { run: join(run, 'checkpoints', 'step-00000006') },
    });
    expect(page()).toContain('<h2 id="finetune">Fine-tuned</h2>');
  });

  test('retrieve: recall both ways, beside chance; classes by name for a CLIP', async () => {
    const { results } = await evaluated<RetrievalResults>(
      'retrieve',
      run,
      '--pictures',
      '8',
      '--groups',
      '2',
    );
    expect(results.by).toBe('likelihood');
    expect(results.imageToText.r10!.value).toBe(1); // there are fewer than ten captions
    expect(results.zeroShot).toBeUndefined();
    const clip = await evaluated<RetrievalResults>('retrieve', place.out('clip'));
    const { test: part } = clip.results.parts;
    expect(part!.chance.imageToText.r1!.value).toBeCloseTo(1 / part!.captions, 6);
    expect(clip.results.zeroShot!.test!.count).toBe(part!.pictures);
    expect(page()).toContain('picture to caption');
  });

  test('embed: two models side by side on the same pictures', async () => {
    const { results } = await evaluated<MapResults>('embed', run, place.out('mae'), '--method', 'umap');
    const [own, other] = results.models;
    expect([own!.title, other!.title]).toEqual(['M3AE: m3ae', 'MAE: mae']);
    expect(own!.points.map(([, , label]) => label)).toEqual(other!.points.map(([, , label]) => label));
    expect(results.classNames).toHaveLength(3);
    const svg = readFileSync(join(run, 'evaluations', 'embed.svg'), 'utf8');
    expect(svg.match(/aria-roledescription="point"/g)!.length).toBeGreaterThanOrEqual(2 * own!.points.length);
    expect(page()).toContain('Pictures as points');
  });

  test('reconstruct: unseen examples whole, and pictures and captions alone', async () => {
    const { results } = await evaluated<{ items: { input: string; original: string | null }[] }>(
      'reconstruct',
      run,
    );
    expect(new Set(results.items.map(({ input }) => input))).toEqual(new Set(['paired', 'image', 'text']));
    expect(
      results.items.filter(({ original }) => original === null).every(({ input }) => input === 'text'),
    ).toBe(true);
    expect(existsSync(join(run, 'evaluations', results.items[0]!.original!))).toBe(true);
    expect(page()).toContain('Captions alone, without their pictures');
  });

  test("attention: heat maps of a person's own picture", async () => {
    const picture = join(place.pictures, 'red-things', 'p0.png');
    const args = ['attention', run, '--scenes', '0', '--image', picture, '--caption', 'red square'];
    const { results } = await evaluated<{ pictures: { words: { text: string; file: string }[] }[] }>(
      ...args,
      '--layer',
      '1',
      '--head',
      '0',
    );
    expect(results.pictures[0]!.words.map(({ text }) => text)).toEqual(['red', 'square']);
    expect(existsSync(join(run, 'evaluations', results.pictures[0]!.words[1]!.file))).toBe(true);
    expect(page()).toContain('Map: block 1, head 0.');
    expect(page()).not.toMatch(/(src|href)="(?!data:)|<script/); // nothing to fetch, nothing to run
  });

  test('every command has --help with examples', async () => {
    for (const name of ['probe', 'knn', 'finetune', 'ood', 'attention', 'retrieve', 'embed', 'reconstruct']) {
      const { code, stdout } = await runCommand(name, '--help');
      expect(code).toBe(0);
      expect(stdout).toContain(`$ npx @m3ae/trainer ${name} runs/`);
      expect(stdout).toContain('--json');
    }
  });

  describe('bad input', () => {
    const refused = async (message: string, ...args: readonly string[]) => {
      const { code, stderr } = await runCommand(...args);
      expect(stderr).toContain(message);
      return code;
    };

    test('a folder without a checkpoint', async () => {
      const message = 'RUN must be a folder with a checkpoint; received ';
      expect(
        await refused(`${message}none. Train one with: npx @m3ae/trainer pretrain CONFIG.`, 'probe', 'none'),
      ).toBe(2);
      expect(await refused(`${message}${place.folder}.`, 'knn', place.folder)).toBe(2);
      const empty = place.out('empty');
      cpSync(run, empty, { recursive: true });
      rmSync(join(empty, 'checkpoints'), { recursive: true });
      expect(await refused(`${message}${empty}.`, 'ood', empty)).toBe(2);
    });

    test('a checkpoint away from its run, and one that is damaged', async () => {
      const lone = join(place.folder, 'lone', 'checkpoints', 'step-00000006');
      cpSync(join(run, 'checkpoints', 'step-00000006'), lone, { recursive: true });
      expect(
        await refused(
          'CHECKPOINT must lie in the folder of its run, beside config.json; received',
          'probe',
          lone,
        ),
      ).toBe(2);
      copyFileSync(
        join(run, 'checkpoints', 'step-00000003', 'model.safetensors'),
        join(lone, 'model.safetensors'),
      );
      copyFileSync(join(run, 'config.json'), join(place.folder, 'lone', 'config.json'));
      copyFileSync(join(run, 'vocabulary.json'), join(place.folder, 'lone', 'vocabulary.json'));
      expect(await refused('The file is damaged', 'probe', lone)).toBe(2);
    });

    test('labels missing, one class, one picture of each class, an empty part', async () => {
      const none = ['--set', 'data.source.labels=none'];
      const labels =
        'data.source.labels must be given, as they say where the classes come from; received none.';
      for (const name of ['probe', 'knn', 'ood', 'embed'])
        expect(await refused(labels, name, run, ...none)).toBe(2);
      const red = join(place.folder, 'one-class');
      cpSync(join(place.pictures, 'red-things'), join(red, 'red-things'), { recursive: true });
      const message =
        'data.source.labels must be of at least two classes; received 1. Add pictures of another class.';
      expect(await refused(message, 'probe', run, '--set', `data.source.path=${red}`)).toBe(2);
      const few = ['--set', 'evaluation.maxTrainExamples=2'];
      expect(
        await refused(
          'Classes must hold more than one training picture for ood; received one of each',
          'ood',
          run,
          ...few,
        ),
      ).toBe(2);
      const empty = ['--set', 'data.source.validationShare=0'];
      expect(
        await refused(
          'data.source.validationShare must be so large that the validation and test splits hold pictures',
          'knn',
          run,
          ...empty,
        ),
      ).toBe(2);
      expect(
        await refused(
          'The test split must be of at least 4 pictures, for a map; received 0.',
          'embed',
          run,
          ...empty,
        ),
      ).toBe(2);
    });

    test('a model without text asked for text', async () => {
      const mae = place.out('mae');
      const lacks = (name: string) =>
        `${name} needs a model with text parameters; received ${mae}, of method "mae".`;
      expect(await refused(lacks('retrieve'), 'retrieve', mae)).toBe(2);
      expect(await refused(lacks('attention'), 'attention', mae, '--scenes', '0')).toBe(2);
      expect(
        await refused(
          '--caption must be left out for a model without text parameters',
          'reconstruct',
          mae,
          '--caption',
          'red',
        ),
      ).toBe(2);
      expect(
        await refused(
          'needs a model whose encoder sees words and patches together',
          'attention',
          place.out('clip'),
        ),
      ).toBe(2);
      expect(await refused('reconstruct needs a masked autoencoder', 'reconstruct', place.out('clip'))).toBe(
        2,
      );
    });

    test('an empty caption', async () => {
      const message = '--caption must be words; received none. Write what the picture shows.';
      const picture = join(place.pictures, 'red-things', 'p0.png');
      expect(await refused(message, 'reconstruct', run, '--caption', ' ')).toBe(2);
      expect(await refused(message, 'attention', run, '--image', picture, '--caption', ' ')).toBe(2);
    });

    test.each([
      [
        ['probe', '--features', 'maen'],
        '--features must be one of mean, cls, both, pixels; received maen. Did you mean mean?',
      ],
      [['ood', '--scores', 'mahalanobi'], 'received mahalanobi. Did you mean mahalanobis?'],
      [
        ['embed', '--method', 'tsna'],
        '--method must be one of tsne, umap; received tsna. Did you mean tsne?',
      ],
      [
        ['attention', '--map', 'rolout'],
        '--map must be one of last, mean, rollout; received rolout. Did you mean rollout?',
      ],
      [
        ['attention', '--scenes', '9', '--image', 'cup.png', '--caption', 'a cup'],
        '--scenes must be left out with --image, which is drawn alone; received 9.',
      ],
      [['attention', '--head', '1'], '--layer must be given with --head; received none.'],
      [['attention', '--layer', '7', '--scenes', '0'], '--layer must be an integer from 0 to 1; received 7.'],
      [
        ['attention', '--caption', 'red'],
        '--image and --caption must be given together; received --caption alone.',
      ],
      [['knn', '--neighbors', '1.5'], '--neighbors must be a positive integer; received 1.5.'],
      [['probe', '--epochs', '3'], '--epochs must come with --reference; received it alone.'],
      [['probe', '--reference', '--l2', '1'], '--l2 must be left out with --reference'],
      [['probe', '--l2', '0'], '--l2 must be a number above 0; received 0.'],
      [['retrieve', '--pictures', 'ten'], '--pictures must be an integer of at least 2; received ten.'],
      [['probe', '--set', 'evaluation.l3=1'], 'evaluation.l3 must be a known setting'],
    ])('%s', async ([name, ...options], message) => {
      expect(await refused(message, name!, run, ...options)).toBe(2);
    });
  });

  test('evaluations on a schedule leave training as it is, and survive a stop', async () => {
    const schedule = [
      'evaluation.everySteps=2',
      'evaluation.kinds=["knn","probe"]',
      'evaluation.scheduledExamples=12',
    ];
    expect((await place.pretrain('scheduled', ...schedule)).code).toBe(0);
    const scheduled = place.out('scheduled');
    expect(await resultOf(scheduled)).toEqual(await resultOf(run));
    const lines = readFileSync(join(scheduled, 'evaluations.jsonl'), 'utf8').trim().split('\n');
    const found = lines.map((line) => JSON.parse(line) as Record<string, number>);
    expect(found.map(({ step }) => step)).toEqual([2, 4, 6]);
    for (const { knn, probe } of found) for (const share of [knn, probe]) expect(share).toBeGreaterThan(0.2);
    expect(readFileSync(join(scheduled, 'report.html'), 'utf8')).toContain(
      'Validation pictures named right: linear probe',
    );

    const cut = place.out('cut');
    cpSync(scheduled, cut, { recursive: true });
    rmSync(join(cut, 'checkpoints', 'step-00000006'), { recursive: true });
    rmSync(join(cut, 'finished.json'));
    const args = ['pretrain', place.config, '--out', cut, '--resume', '--quiet'];
    expect((await runCommand(...args, ...schedule.flatMap((one) => ['--set', one]))).code).toBe(0);
    expect(readFileSync(join(cut, 'evaluations.jsonl'), 'utf8').trim().split('\n')).toEqual(lines);

    const unlabeled = await place.pretrain('unlabeled', 'evaluation.everySteps=2', 'data.source.labels=none');
    expect(unlabeled.code).toBe(2);
    expect(unlabeled.stderr).toContain(
      'evaluation.everySteps needs pictures with classes. data.source.labels must',
    );
  }, 120_000);
});
