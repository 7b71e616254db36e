import { type DataSplit, limited } from '@m3ae/datasets';
import type { Runner } from '@m3ae/compile';
import { unusable } from '@m3ae/errors';
import { type LoadedTexts, textRows } from '../features/encode.js';
import type { CaptionOptions } from '../retrieval/captions/candidates.js';
import { cosineScorer } from '../retrieval/cosine.js';
import { likelihoodScorer } from '../retrieval/captions/caption-likelihood.js';
import type { CaptionedSplit, PairScorer, ScorerOptions } from '../retrieval/retrieval-evaluator.js';
import { captioned, type ReadOptions, readPairs, tellUnreadable } from './read-split.js';
import { type ModelText, type OpenedModel, requireText } from './opened-model.js';

/** Words of a class, e.g. `face-smiling` as `face smiling`, as the model takes them. */
function classTexts(names: readonly string[], { words, maxLength }: ModelText): LoadedTexts {
  return textRows(names.map((name) => words.encodePadded(name.replaceAll(/[-_]/g, ' '), maxLength)));
}

/**
 * The splits whose pictures have captions.
 *
 * @param most - Pictures of each, evenly spread; null for all.
 * @throws InvalidInput if none has any.
 */
export function captionedOnly(splits: readonly DataSplit[], most: number | null): DataSplit[] {
  const found = splits
    .map((split) => (most === null ? captioned(split) : limited(captioned(split), most)))
    .filter(({ dataset, indices }) => dataset.kind === 'paired' && indices.length > 0);
  if (found.length > 0) return found;
  throw unusable(['The test splits must hold pictures with captions; received none. Give captions.']);
}

/**
 * What tells how well a picture and a caption belong together: the cosine of a CLIP, the likelihood of an M3AE.
 *
 * @throws InvalidInput if the model knows no text.
 */
export function pairScorerOf(
  model: OpenedModel,
  runner: Runner,
  options: Pick<CaptionOptions, 'groups'> & ScorerOptions = {},
): PairScorer {
  requireText(model, 'retrieve');
  const { groups, batchSize = 64, peers } = options;
  if (model.kind === 'clip') return cosineScorer(runner, model, { batchSize, peers });
  if (model.kind === 'm3ae')
    return likelihoodScorer(runner, model, { groups, batchSize: 4 * batchSize, peers });
  throw unusable([
    `retrieve needs a model with text parameters; received ${model.name}, of method "${model.kind}". Choose one of method "m3ae".`,
  ]);
}

/** Splits with their captions one after the other, as `retrievalEvaluator` asks for them. */
export async function* captionedSplits(
  model: OpenedModel,
  splits: readonly DataSplit[],
  { log, ...options }: Pick<ReadOptions, 'maxBadShare' | 'log'> = {},
): AsyncGenerator<CaptionedSplit> {
  const text = requireText(model, 'retrieve');
  for (const [number, split] of splits.entries()) {
    log?.part('Retrieval', number, splits.length);
    const { name, title, dataset } = split;
    const { indices, ...pairs } = await readPairs(model, split, options);
    tellUnreadable(split, indices, log);
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
            texts: classTexts(classNames, text),
          },
        }),
    };
  }
  log?.part('Retrieval', splits.length, splits.length);
}
