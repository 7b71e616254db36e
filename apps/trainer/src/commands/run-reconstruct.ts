import { encodePng } from '@m3ae/datasets';
import {
  captionFor,
  inputsOf,
  patchesOfPicture,
  requireRebuilding,
  requireText,
} from '@m3ae/evaluation/model';
import { type Gallery, rebuildOwn, type RebuiltOwn } from '@m3ae/evaluation/reconstruction';
import { join } from 'node:path';
import { unusable, invalidField } from '@m3ae/errors';
import { requireWritableFile, writeWhole } from '@m3ae/checkpoint/files';
import { evaluatedRun } from '@m3ae/runs';
import { limits } from '../config/limits.js';
import { countUpTo, valueOf } from './choices.js';
import { type OpenedRun, openRun } from '../evaluation/open-run.js';
import { rebuildUnseen } from '../evaluation/rebuild.js';
import { engineOf } from '../run/engine.js';
import { streamsOf } from '../run/streams.js';
import { percent, galleryLines } from '@m3ae/report';
import { wallClock } from '@m3ae/logging';
import { versions } from '../run/versions.js';
import { changesOf, type EvaluationCommandOptions, runEvaluation } from './run-evaluation.js';

/** Options of `m3ae reconstruct`. */
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

function exampleLines({ picture, error, pieces, notes }: RebuiltExample): string[] {
  const words = pieces.map(({ piece, hidden, guesses }) => {
    const shown = guesses.map((guess) => `${guess.piece} ${percent(guess.probability)}`).join(', ');
    return hidden ? `[${piece}] -> ${shown}` : piece;
  });
  if (picture === null) return [...notes, ...words];
  return [...notes, `Picture: ${picture} (original, hidden, rebuilt); error ${error!.toFixed(3)}`, ...words];
}

/** What a person gives, and what of it shall be hidden. */
interface ExampleRequest {
  readonly image: string | undefined;
  readonly caption: string | undefined;
  readonly out: string;
  readonly seed: number;
  readonly imageMaskRatio: number | undefined;
  readonly textMaskRatio: number | undefined;
}

/** One example, hidden and rebuilt. */
export interface RebuiltExample extends Pick<RebuiltOwn, 'error' | 'pieces'> {
  /** File of original, hidden and rebuilt picture; null without a picture. */
  readonly picture: string | null;
  /** What the model does not read of the caption. */
  readonly notes: readonly string[];
}

/**
 * Hides and rebuilds one example, and writes the picture.
 *
 * @throws InvalidInput if the model rebuilds nothing, or picture or caption cannot be used.
 */
async function rebuildExample(
  { config, model }: OpenedRun,
  request: ExampleRequest,
): Promise<RebuiltExample> {
  const rebuilding = requireRebuilding(model);
  const { image, caption, out, seed } = request;
  if (caption !== undefined && model.kind === 'mae') {
    const rule = 'left out for a model without text parameters, of method "mae"';
    throw invalidField('--caption', rule, 'one', 'It knows pictures alone.');
  }
  const patches = image === undefined ? undefined : await patchesOfPicture(image, model, '--image');
  const text = caption === undefined ? undefined : captionFor(caption, model, '--caption');
  const example = { ...(patches && { patches }), ...(text && { text }) };
  const { picture, ...rebuilt } = await rebuildOwn(engineOf(config), rebuilding, example, {
    layout: model.image,
    tokenizer: model.text?.words,
    key: streamsOf(seed).gallery,
    imageMaskRatio: request.imageMaskRatio ?? config.report.maskRatio,
    textMaskRatio: request.textMaskRatio ?? config.report.textMaskRatio,
  });
  if (picture !== null) writeWhole(out, await encodePng(picture));
  return { ...rebuilt, picture: picture === null ? null : out, notes: text?.notes ?? [] };
}

/** The user's own picture, caption or pair. */
async function runOwn(path: string, options: ReconstructCommandOptions): Promise<void> {
  const seed = valueOf('--seed', options.seed, countUpTo(limits.seed, 0));
  const imageMaskRatio = ratioOf('image-mask-ratio', options.imageMaskRatio);
  const textMaskRatio = ratioOf('text-mask-ratio', options.textMaskRatio);
  const started = wallClock();
  const run = await openRun(path, changesOf(options));
  const out = options.out ?? join(run.folder, 'reconstruction.png');
  requireWritableFile(out);
  const { image, caption } = options;
  const results = await rebuildExample(run, { image, caption, out, seed, imageMaskRatio, textMaskRatio });
  if (options.json) {
    const settings = { image, caption, seed, imageMaskRatio, textMaskRatio };
    const seconds = wallClock() - started;
    const { step, model } = run;
    const evaluated = evaluatedRun(run.folder, run.config, { step, weights: model.weights });
    const record = {
      evaluation: 'reconstruct',
      run: evaluated,
      settings,
      results,
      seconds,
      versions: versions(),
    };
    process.stdout.write(`${JSON.stringify(record)}\n`);
  } else if (!options.quiet) exampleLines(results).forEach((line) => console.log(line));
}

/** Unseen examples, with their captions and without, and captions alone. */
async function runGallery(path: string, options: ReconstructCommandOptions): Promise<void> {
  const ratios = [
    ['report.maskRatio', ratioOf('image-mask-ratio', options.imageMaskRatio)],
    ['report.textMaskRatio', ratioOf('text-mask-ratio', options.textMaskRatio)],
    [
      'report.examples',
      options.examples && valueOf('--examples', options.examples, countUpTo(limits.reportPictures)),
    ],
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

/** Runs `m3ae reconstruct`. */
export async function runReconstruct(path: string, options: ReconstructCommandOptions): Promise<void> {
  if (options.image === undefined && options.caption === undefined) await runGallery(path, options);
  else await runOwn(path, options);
}
