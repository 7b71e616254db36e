import { retrievalLines } from '@m3ae/report';
import { unusable } from '@m3ae/errors';
import {
  type CaptionedSplit,
  cosineScorer,
  likelihoodScorer,
  type LoadedTexts,
  type PairScorer,
  retrievalEvaluator,
} from '@m3ae/evaluation/retrieval';
import { type ClipParams, type M3aeParams, requireClipConfig } from '@m3ae/transformer';
import type { NdArray } from '@m3ae/tree';
import type { Progress } from '@m3ae/logging';
import { limits } from '../config/limits.js';
import { pairsOf } from '../evaluation/attention.js';
import { tellUnreadable } from '../evaluation/encode-parts.js';
import { limited } from '../evaluation/labelled-parts.js';
import { type OpenedRun, refuseWordless } from '../evaluation/open-run.js';
import { engineOf } from '../run/engine.js';
import type { Part } from '../run/parts.js';
import type { Sources } from '../run/sources.js';
import { countOf } from './choices.js';
import { type EvaluationCommandOptions, runEvaluation } from './run-evaluation.js';

/** Options of `m3ae retrieve`. */
export interface RetrieveCommandOptions extends EvaluationCommandOptions {
  readonly pictures?: string;
  readonly groups: string;
}

/** Words of a class, e.g. `face-smiling` as `face smiling`, as the model takes them. */
function classTexts(names: readonly string[], { vocabulary: { tokenizer }, config }: OpenedRun): LoadedTexts {
  const { maxLength } = config.text;
  const encoded = names.map((name) => tokenizer.encodePadded(name.replaceAll(/[-_]/g, ' '), maxLength));
  const tokenIds = new Int32Array(names.length * maxLength);
  const paddingMask = new Float32Array(names.length * maxLength);
  encoded.forEach((text, row) => {
    tokenIds.set(text.tokenIds, row * maxLength);
    paddingMask.set(text.paddingMask, row * maxLength);
  });
  const shape = [names.length, maxLength];
  return { tokenIds: { shape, data: tokenIds }, paddingMask: { shape, data: paddingMask } };
}

/** The test parts whose pictures have captions, at most so many of each. */
function captionedParts({ tests }: Sources, pictures: number | null): Part[] {
  const parts = tests
    .map((part) => {
      const indices = part.indices.filter((index) => part.dataset.caption(index) !== '');
      return pictures === null ? { ...part, indices } : limited({ ...part, indices }, pictures);
    })
    .filter(({ dataset, indices }) => dataset.kind === 'paired' && indices.length > 0);
  if (parts.length > 0) return parts;
  throw unusable([
    'The test parts must hold pictures with captions; received none. Give captions with data.source.captions.',
  ]);
}

/**
 * What tells how well a picture and a caption belong together.
 *
 * @throws InvalidInput if the model knows no text.
 */
function scorerOf(run: OpenedRun, groups: 'each' | number): PairScorer {
  refuseWordless(run, 'retrieve');
  const { config, folder, model, params, peers } = run;
  const runner = engineOf(config);
  const { batchSize } = config.evaluation;
  // The parameters were matched to those of the method when the run was opened.
  if (config.method === 'clip') {
    return cosineScorer(
      runner,
      { config: requireClipConfig(model), params: params as ClipParams<NdArray> },
      { batchSize, peers },
    );
  }
  if (config.method === 'm3ae') {
    const joint = { config: model, params: params as M3aeParams<NdArray> };
    return likelihoodScorer(runner, joint, { groups, batchSize: 4 * batchSize, peers });
  }
  throw unusable([
    `retrieve needs a model with text parameters; received ${folder}, of method "${config.method}". Choose a run of method "m3ae".`,
  ]);
}

/** Parts one after the other, as the evaluator asks for them. */
async function* captionedSplits(
  run: OpenedRun,
  parts: readonly Part[],
  progress: Progress,
): AsyncGenerator<CaptionedSplit> {
  for (const [number, part] of parts.entries()) {
    progress.part('Retrieval', number, parts.length);
    const { name, title, dataset } = part;
    const { indices, ...pairs } = await pairsOf(part, run);
    tellUnreadable(part, indices, progress);
    const { labels, classNames } = dataset;
    yield {
      name,
      title,
      pairs,
      captions: Array.from(indices, (index) => dataset.caption(index)),
      ...(labels &&
        classNames && {
          classes: {
            labels: Array.from(indices, (index) => labels[index]!),
            texts: classTexts(classNames, run),
          },
        }),
    };
  }
  progress.part('Retrieval', parts.length, parts.length);
}

/** Runs `m3ae retrieve`. */
export async function runRetrieve(path: string, options: RetrieveCommandOptions): Promise<void> {
  const pictures =
    options.pictures === undefined
      ? undefined
      : countOf('--pictures', options.pictures, { least: 2, most: limits.comparedPictures });
  const groups =
    options.groups === 'each' ? 'each' : countOf('--groups', options.groups, { most: limits.textLength });
  const settingsOf = ({ config }: OpenedRun) => ({
    pictures: pictures ?? (config.method === 'clip' ? null : 60),
    groups,
  });
  await runEvaluation(path, options, {
    name: 'retrieve',
    settings: settingsOf,
    async encode({ run, sources, progress }) {
      const scorer = scorerOf(run, groups);
      try {
        const chosen = captionedParts(sources, settingsOf(run).pictures);
        return await retrievalEvaluator(scorer).run(captionedSplits(run, chosen, progress));
      } finally {
        await scorer.dispose();
      }
    },
    evaluate: async (_, results) => results,
    print: retrievalLines,
  });
}
