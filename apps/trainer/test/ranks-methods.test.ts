import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { labeledConfig, writeLabeledPictures } from './support/labeled-runs.js';
import { families, launchRanks } from './support/launch-ranks.js';
import { resultOf, tinyWorkplace } from './support/tiny-run.js';

if (families.length === 0) console.warn('No mpirun here: the methods and evaluations on ranks are skipped.');

const sizes = { embedDim: 16, depth: 2, heads: 2 };

/** What each method is made of here, beside the pictures of three colours. */
const methods = {
  m3ae: { model: { ...sizes, decoderDim: 16, decoderDepth: 1, decoderHeads: 2 } },
  clip: { model: { ...sizes, dropout: 0.1, clip: { textDim: 8, sharedDim: 12 } } },
  supervised: { model: { ...sizes, dropPath: 0.2 }, augment: { mixup: 0.8, cutmix: 1 } },
} as const;

type Method = keyof typeof methods;

describe.skipIf(families.length === 0)('methods and evaluations on ranks', () => {
  let place: Awaited<ReturnType<typeof tinyWorkplace>>;

  beforeAll(async () => {
    place = await tinyWorkplace();
    const pictures = join(place.folder, 'colours');
    await writeLabeledPictures(pictures, 12);
    for (const [method, parts] of Object.entries(methods)) {
      const config = labeledConfig(pictures, {
        method,
        ...parts,
        train: { steps: 6, batchSize: 8, threads: 1, accumulate: 4 },
        evaluation: { batchSize: 5, everySteps: 3, kinds: ['probe', 'knn'], l2: [0.01] },
        report: { enabled: false },
      });
      writeFileSync(join(place.folder, `${method}.json`), JSON.stringify(config));
    }
    for (const method of Object.keys(methods)) {
      const args = ['pretrain', `${method}.json`, '--out', place.out(method), '--quiet'];
      const { code, stderr } = await place.run(...args);
      expect([code, stderr]).toEqual([0, '']);
    }
  }, 120_000);

  afterAll(() => place.remove());

  /** Runs the command on ranks to its end; what they printed. */
  async function onRanks(family: string, size: number, ...args: readonly string[]): Promise<string> {
    const command = [process.execPath, place.script, ...args];
    const { ended, output } = launchRanks({ family, size, command, cwd: place.folder });
    expect(await ended, output()).toBe(0);
    return output();
  }

  /** What a run has found, without how long it took and where it lies. */
  async function foundIn(method: string) {
    const folder = place.out(method);
    const evaluations = readdirSync(join(folder, 'evaluations')).map((file) =>
      withoutTime(readFileSync(join(folder, 'evaluations', file), 'utf8')),
    );
    const scheduled = readFileSync(join(folder, 'evaluations.jsonl'), 'utf8');
    return { ...(await resultOf(folder)), evaluations, scheduled };
  }

  const cases = (['clip', 'supervised', 'm3ae'] as const).flatMap((method) =>
    [2, 4].map((size) => [method, size, families[size === 2 ? 0 : families.length - 1]!] as const),
  );

  test.each(cases)(
    '%s on %d ranks (%s): weights, metrics and evaluations are those of one process',
    async (method: Method, size, family) => {
      const out = `${method}-${size}`;
      await onRanks(family, size, 'pretrain', `${method}.json`, '--out', place.out(out), '--quiet');
      expect(await foundIn(out)).toEqual(await foundIn(method));
    },
    120_000,
  );

  test.each([
    ['probe', 'm3ae', ['--features', 'mean,pixels', '--l2', '0.01']],
    ['knn', 'supervised', []],
    ['retrieve', 'm3ae', ['--groups', '2']],
    ['retrieve', 'clip', []],
    ['embed', 'clip', []],
    ['ood', 'm3ae', ['--set', 'evaluation.outliers=[{"kind":"folder","path":"pictures"}]']],
    ['reconstruct', 'm3ae', ['--out', 'rebuilt.png']],
  ])(
    '%s of a run of %s on 3 ranks prints what one process prints',
    async (command, method, options) => {
      const args = [command, place.out(method), '--json', ...options];
      const forget = () => rmSync(join(place.out(method), 'features'), { recursive: true, force: true });
      forget();
      const alone = await place.run(...args);
      expect([alone.code, alone.stderr]).toEqual([0, '']);
      for (const kept of [false, true]) {
        if (!kept) forget();
        const printed = await onRanks(families.at(-1)!, 3, ...args);
        expect(withoutTime(printed)).toEqual(withoutTime(alone.stdout)); // one object: rank 0 alone prints
      }
    },
    120_000,
  );
});

/** A record as text, byte for byte but for its seconds and the name of its folder. */
function withoutTime(record: string): string {
  return record.replaceAll(/"(seconds|folder)": ?("[^"]*"|[\d.]+)/g, '');
}
