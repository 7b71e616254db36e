import { type Accuracy, accuracy } from '../classification/accuracy.js';
import type { LoadedPairs, LoadedTexts } from '../features/encode.js';
import type { Evaluator } from '../evaluator.js';
import type { EvaluationPeers } from '../batches.js';
import type { Matrix } from '../matrix.js';
import { pairsByCaption, recallAt, type RecallResult } from './recall.js';

/** What a model makes of some pictures and texts. */
export interface PairScores {
  /** The higher, the better they belong together: [pictures, texts]. */
  readonly similarity: Matrix;
  /** The class of each picture by the texts of the classes, where they were given: [pictures]. */
  readonly predicted?: Int32Array;
}

/** A model that tells how well pictures and texts belong together. */
export interface PairScorer {
  readonly by: 'cosine' | 'likelihood';
  /**
   * Scores of every picture with every text.
   *
   * @param texts - Rows of the pairs whose texts are compared with every picture.
   * @param classTexts - One text for each class; a scorer that cannot tell classes by them leaves them alone.
   */
  score(pairs: LoadedPairs, texts: readonly number[], classTexts?: LoadedTexts): Promise<PairScores>;
  /** Frees what the engine holds. */
  dispose(): Promise<void>;
}

/** How pairs are scored. */
export interface ScorerOptions {
  /** Rows at a time. Default 64. */
  readonly batchSize?: number;
  /** Processes that share the batches; each calls the scorer alike and has all scores. */
  readonly peers?: EvaluationPeers;
}

/** Pictures with one caption each. */
export interface CaptionedSplit {
  /** Key of its figures in the results, e.g. `test`. */
  readonly name: string;
  /** What tables call it; by default its name. */
  readonly title?: string;
  readonly pairs: LoadedPairs;
  /** [examples] */
  readonly captions: readonly string[];
  /** Classes of the pictures, and a text for each class, where they are to be named by those. */
  readonly classes?: { readonly labels: ArrayLike<number>; readonly texts: LoadedTexts };
}

/** Recall on one part. */
export interface SplitRecall extends RecallResult {
  readonly title: string;
  readonly pictures: number;
  /** Different captions among them. */
  readonly captions: number;
  /** What any order of the answers would give on average. */
  readonly chance: RecallResult;
}

/** Captions found by pictures, and pictures by captions. */
export interface RetrievalResults {
  /** Cosine in the space of a CLIP, or likelihood of a caption's hidden pieces. */
  readonly by: PairScorer['by'];
  /** Of the first part. */
  readonly imageToText: RecallResult['imageToText'];
  readonly textToImage: RecallResult['textToImage'];
  readonly parts: Readonly<Record<string, SplitRecall>>;
  /** Share of pictures whose class name is the most alike of all; for a CLIP on pictures with classes. */
  readonly zeroShot?: Readonly<Record<string, Accuracy>>;
}

/**
 * Finds captions by pictures and pictures by captions. Captions that are the same, letter by letter, are one answer.
 *
 * @param scorer - From {@link cosineScorer}, {@link likelihoodScorer} or your own; it stays the caller's to dispose.
 * @returns An evaluator of captioned splits, one after the other, so that one alone need be in memory.
 */
export function retrievalEvaluator(
  scorer: PairScorer,
): Evaluator<RetrievalResults, Iterable<CaptionedSplit> | AsyncIterable<CaptionedSplit>> {
  return {
    name: 'retrieve',
    async run(splits) {
      const parts: Record<string, SplitRecall> = {};
      const named: Record<string, Accuracy> = {};
      for await (const { name, title = name, pairs, captions, classes } of splits) {
        const images = Int32Array.from(pairsByCaption(captions).images);
        const rows = [...new Set(images)].map((group) => images.indexOf(group)); // each caption once
        const { similarity, predicted } = await scorer.score(pairs, rows, classes?.texts);
        const groups = { images, texts: rows.map((row) => images[row]!) };
        const alike = { ...similarity, data: new Float32Array(similarity.data.length) };
        parts[name] = {
          title,
          pictures: captions.length,
          captions: rows.length,
          ...recallAt(similarity, groups),
          chance: recallAt(alike, groups),
        };
        if (predicted !== undefined && classes !== undefined)
          named[name] = accuracy(predicted, classes.labels);
      }
      const [first] = Object.values(parts);
      return {
        by: scorer.by,
        imageToText: first!.imageToText,
        textToImage: first!.textToImage,
        parts,
        ...(Object.keys(named).length > 0 && { zeroShot: named }),
      };
    },
    headline: ({ parts }) =>
      Object.fromEntries(
        Object.entries(parts).flatMap(([name, { imageToText, textToImage }]) => [
          [`${name}.imageToText.r1`, imageToText.r1!.value],
          [`${name}.textToImage.r1`, textToImage.r1!.value],
        ]),
      ),
  };
}
