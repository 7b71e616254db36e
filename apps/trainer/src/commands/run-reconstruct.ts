import { countUpTo, typedValue } from '@m3ae/errors/rules';
import { encodePng } from '@m3ae/datasets';
import { inputsOf, rebuildOwnInput, requireRebuilding, requireText } from '@m3ae/evaluation/model';
import type { Gallery, RebuiltOwn } from '@m3ae/evaluation/reconstruction';
import { join } from 'node:path';
import { invalidField, unusable } from '@m3ae/errors';
import { requireWritableFile, writeWhole } from '@m3ae/checkpoint/files';
import { evaluatedRun, type Evaluation, streamsOf } from '@m3ae/runs';
import { limits } from '../config/limits.js';
import { openRun } from '../evaluation/open-run.js';
import { rebuildUnseen } from '../evaluation/rebuild.js';
import { engineOf } from '../run/engine.js';
import { galleryLines, rebuiltLines } from '@m3ae/report';
import { wallClock } from '@m3ae/logging';
import { versions } from '../run/versions.js';
import { changesOf, type EvaluationCommandOptions, runEvaluation } from './run-evaluation.js';

export interface ReconstructCommandOptions extends EvaluationCommandOptions {
  readonly image?: string;
  readonly caption?: string;
  readonly out?: string;
  readonly seed: string;
  readonly examples?: string;
  readonly imageMaskRatio?: string;
  readonly textMaskRatio?: string;
}

function ratioOf(name: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const ratio = Number(value);
  if (value.trim() !== '' && ratio > 0 && ratio < 1) return ratio;
  throw invalidField(`--${name}`, 'above 0 and below 1', value, 'Write three quarters as 0.75.');
}

/** One example, hidden and rebuilt. */
export interface RebuiltExample extends Omit<RebuiltOwn, 'picture'> {
  /** File of original, hidden and rebuilt picture; null without a picture. */
  readonly picture: string | null;
  /** What the model does not read of the caption. */
  readonly notes: readonly string[];
}

/** The user's own picture, caption or pair. */
async function runOwn(path: string, options: ReconstructCommandOptions): Promise<void> {
  const seed = typedValue('--seed', options.seed, countUpTo(limits.seed, 0));
  const imageMaskRatio = ratioOf('image-mask-ratio', options.imageMaskRatio);
  const textMaskRatio = ratioOf('text-mask-ratio', options.textMaskRatio);
  const started = wallClock();
  const run = await openRun(path, changesOf(options));
  const out = options.out ?? join(run.folder, 'reconstruction.png');
  requireWritableFile(out);
  const { image, caption } = options;
  const { config, model, step } = run;
  const own = { picture: image, caption, names: { picture: '--image', caption: '--caption' } };
  const { picture, notes, ...rebuilt } = await rebuildOwnInput(model, own, {
    runner: engineOf(config),
    key: streamsOf(seed).gallery,
    imageMaskRatio: imageMaskRatio ?? config.report.maskRatio,
    textMaskRatio: textMaskRatio ?? config.report.textMaskRatio,
  });
  if (picture !== null) writeWhole(out, await encodePng(picture));
  const results: RebuiltExample = { ...rebuilt, picture: picture === null ? null : out, notes };
  if (options.json) {
    const record: Evaluation<RebuiltExample> = {
      evaluation: 'reconstruct',
      run: evaluatedRun(run.folder, config, { step, weights: model.weights }),
      settings: { image, caption, seed, imageMaskRatio, textMaskRatio },
      results,
      seconds: wallClock() - started,
      versions: versions(),
    };
    process.stdout.write(`${JSON.stringify(record)}\n`);
  } else if (!options.quiet) rebuiltLines(results).forEach((line) => console.log(line));
}

/** Unseen examples, with their captions and without, and captions alone. */
async function runGallery(path: string, options: ReconstructCommandOptions): Promise<void> {
  const ratios = [
    ['report.maskRatio', ratioOf('image-mask-ratio', options.imageMaskRatio)],
    ['report.textMaskRatio', ratioOf('text-mask-ratio', options.textMaskRatio)],
    ['report.examples', typedValue('--examples', options.examples, countUpTo(limits.reportPictures))],
  ] as const;
  const changes = ratios.flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]));
  await runEvaluation<Gallery>(
    path,
    { ...options, set: [...options.set, ...changes] },
    {
      name: 'reconstruct',
      settings: ({ config, model }) => {
        const { examples, maskRatio, textMaskRatio } = config.report;
        return { examples, maskRatio, textMaskRatio, inputs: inputsOf(model) };
      },
      async evaluate({ run, sources, place }) {
        requireRebuilding(run.model);
        if (run.model.kind === 'm3ae') requireText(run.model, 'reconstruct without --image');
        const gallery = await rebuildUnseen(run, sources, place, inputsOf(run.model));
        if (gallery !== null) return gallery;
        throw unusable(['The test part must hold pictures; received an empty one. Add pictures.']);
      },
      print: galleryLines,
    },
  );
}

export async function runReconstruct(path: string, options: ReconstructCommandOptions): Promise<void> {
  if (options.image === undefined && options.caption === undefined) await runGallery(path, options);
  else await runOwn(path, options);
}
