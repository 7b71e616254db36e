import {
  accuracy,
  type Accuracy,
  captionLikelihood,
  cosineSimilarity,
  type Matrix,
  pairsByCaption,
  recallAt,
  type RecallResult,
  runnerProduct,
  zeroShot,
} from '@m3ae/evaluation';
import { unusable } from '@m3ae/errors';
import type { M3aeParams } from '@m3ae/transformer';
import type { NdArray, Tree } from '@m3ae/tree';
import type { Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import { engineOf } from '../run/engine.js';
import type { Part } from '../run/parts.js';
import type { Progress } from '../run/progress.js';
import type { Sources } from '../run/sources.js';
import { embedPictures, embedTexts } from './represent.js';
import { limited } from './labelled-parts.js';
import { type LoadedPairs, loadPairs } from './load-pairs.js';
import { type OpenedRun, requireText } from './open-run.js';
import { readPart } from './read-part.js';
import { rowsOf } from './rows.js';

/** Recall on one part. */
export interface PartRecall extends RecallResult {
  readonly title: string;
  readonly pictures: number;
  /** Different captions among them. */
  readonly captions: number;
  /** What any order of the answers would give on average. */
  readonly chance: RecallResult;
}

/** Results of `m3ae retrieve`. */
export interface RetrievalResults {
  /** Cosine in the space of a CLIP, or likelihood of a caption's hidden pieces. */
  readonly by: 'cosine' | 'likelihood';
  /** Of the first test part. */
  readonly imageToText: RecallResult['imageToText'];
  readonly textToImage: RecallResult['textToImage'];
  readonly parts: Readonly<Record<string, PartRecall>>;
  /** Share of pictures whose class name is the most alike of all; for a CLIP on pictures with classes. */
  readonly zeroShot?: Readonly<Record<string, Accuracy>>;
}

/** What {@link measureRetrieval} is told. */
export interface RetrievalSettings {
  /** Pictures of each part; all where it is null. */
  readonly pictures: number | null;
  /** Passes a caption takes by likelihood. */
  readonly groups: 'each' | number;
}

/** Runs a function of batches over all rows of some arrays: [rows, columns]. */
async function inBatches(
  arrays: Readonly<Record<string, NdArray>>,
  batchSize: number,
  run: (batch: Record<string, NdArray>) => Promise<NdArray>,
): Promise<Matrix> {
  const rows = Object.values(arrays)[0]!.shape[0]!;
  const size = Math.min(batchSize, rows);
  let data: Float32Array | undefined;
  let columns = 0;
  for (let start = 0; start < rows; start += size) {
    const batch = Object.entries(arrays).map(([name, array]) => [name, rowsOf(array, start, size)] as const);
    const found = await run(Object.fromEntries(batch));
    columns = found.shape[1]!;
    data ??= new Float32Array(rows * columns);
    const real = Math.min(size, rows - start) * columns;
    data.set((found.data as Float32Array).subarray(0, real), start * columns);
  }
  return { rows, columns, data: data! };
}

type TextBatch = { readonly tokenIds: NdArray; readonly paddingMask: NdArray };

/** The two towers of a CLIP, ready to run. */
function towers({ config, model, params }: OpenedRun) {
  const engine = engineOf(config);
  const pictures = engine<NdArray>('pictures', (tensors: Tree<Tensor>, patches: Tensor3D) =>
    embedPictures(tensors, model, { patches }),
  );
  const texts = engine<NdArray>(
    'texts',
    (tensors: Tree<Tensor>, batch: { tokenIds: Tensor2D; paddingMask: Tensor2D }) =>
      embedTexts(tensors, model, batch),
  );
  const { batchSize } = config.evaluation;
  return {
    pictures: (patches: NdArray) =>
      inBatches({ patches }, batchSize, (batch) => pictures.run(params, batch.patches!)),
    texts: ({ tokenIds, paddingMask }: TextBatch) =>
      inBatches({ tokenIds, paddingMask }, batchSize, (batch) => texts.run(params, batch)),
    dispose: async () => void (await Promise.all([pictures.dispose(), texts.dispose()])),
  };
}

/** Words of a class, e.g. `face-smiling` as `face smiling`, as the model takes them. */
function classTexts(names: readonly string[], { vocabulary: { tokenizer }, config }: OpenedRun): TextBatch {
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

/** Each different caption once, with the row that has it first. */
function distinct(captions: readonly string[]): { readonly rows: number[]; readonly groups: Int32Array } {
  const { images } = pairsByCaption(captions);
  const groups = Int32Array.from(images);
  const rows = [...new Set(groups)].map((group) => groups.indexOf(group));
  return { rows, groups };
}

/** Recall among the different captions of a part. */
function recallOf(part: Part, similarity: Matrix, { rows, groups }: ReturnType<typeof distinct>): PartRecall {
  const pairs = { images: groups, texts: rows.map((row) => groups[row]!) };
  const even = { ...similarity, data: new Float32Array(similarity.data.length) };
  return {
    title: part.title,
    pictures: part.indices.length,
    captions: rows.length,
    ...recallAt(similarity, pairs),
    chance: recallAt(even, pairs),
  };
}

async function likelihoods(
  { config, model, params }: OpenedRun,
  { patches, tokenIds, paddingMask }: LoadedPairs,
  rows: readonly number[],
  groups: RetrievalSettings['groups'],
): Promise<Matrix> {
  const { maxLength } = config.text;
  const captions = rows.map((row) =>
    tokenIds.data
      .slice(row * maxLength, (row + 1) * maxLength)
      .filter((_, place) => !paddingMask.data[row * maxLength + place]),
  );
  const caption = { config: model, params: params as M3aeParams<NdArray>, textLength: maxLength };
  // Less what the caption is worth without the picture: else every picture gets the commonest words.
  const options = { groups, subtractTextOnly: true, batchSize: 4 * config.evaluation.batchSize };
  const { scores } = await captionLikelihood(engineOf(config), caption, { patches, captions }, options);
  return scores;
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
 * Finds captions by pictures and pictures by captions.
 *
 * @throws InvalidInput if the model knows no text, or no picture has a caption.
 */
export async function measureRetrieval(
  run: OpenedRun,
  sources: Sources,
  { pictures, groups }: RetrievalSettings,
  progress: Progress,
): Promise<RetrievalResults> {
  requireText(run, 'retrieve');
  const chosen = captionedParts(sources, pictures);
  const clip = run.config.method === 'clip' ? towers(run) : null;
  const { product, dispose } = runnerProduct(engineOf(run.config));
  const parts: Record<string, PartRecall> = {};
  const named: Record<string, Accuracy> = {};
  try {
    for (const [number, whole] of chosen.entries()) {
      progress.part('Retrieval', number, chosen.length);
      const pairs = await loadPairs(whole, run);
      const part = readPart(whole, pairs.indices, progress);
      const found = distinct(Array.from(part.indices, (index) => part.dataset.caption(index)));
      if (clip === null) {
        const scores = await likelihoods(run, pairs, found.rows, groups);
        parts[part.name] = recallOf(part, scores, found);
        continue;
      }
      const seen = await clip.pictures(pairs.patches);
      const all = await clip.texts(pairs);
      const texts = { ...all, rows: found.rows.length, data: pickRows(all, found.rows) };
      parts[part.name] = recallOf(part, await cosineSimilarity(seen, texts, product), found);
      const { labels, classNames } = part.dataset;
      if (labels === undefined || classNames === undefined) continue;
      const { predicted } = await zeroShot(seen, await clip.texts(classTexts(classNames, run)), product);
      named[part.name] = accuracy(
        predicted,
        Array.from(part.indices, (index) => labels[index]!),
      );
    }
    progress.part('Retrieval', chosen.length, chosen.length);
  } finally {
    await Promise.all([dispose(), clip?.dispose()]);
  }
  const { imageToText, textToImage } = parts[chosen[0]!.name]!;
  return {
    by: clip === null ? 'likelihood' : 'cosine',
    imageToText,
    textToImage,
    parts,
    ...(Object.keys(named).length > 0 && { zeroShot: named }),
  };
}

function pickRows({ columns, data }: Matrix, rows: readonly number[]): Float32Array {
  const result = new Float32Array(rows.length * columns);
  rows.forEach((row, at) => result.set(data.subarray(row * columns, (row + 1) * columns), at * columns));
  return result;
}
