import { throwFaults } from '@m3ae/errors';
import { rowCrossEntropy } from '@m3ae/ops';
import type { TrimmedMaskPlan } from '@m3ae/masking';
import { applyM3ae, type M3aeConfig, type M3aeParams } from '@m3ae/transformer';
import type { NdArray } from '@m3ae/tree';
import { neg, reshape, type Tensor, type Tensor2D, type Tensor3D } from '@tensorflow/tfjs-core';
import type { Program, Runner } from '@m3ae/compile';
import { batches, type EvaluationPeers, inOrder, ownItems, takeRows } from '../../batches.js';
import { piecesOfRow } from '../../features/encode.js';
import type { PairScorer, ScorerOptions } from '../retrieval-evaluator.js';
import {
  candidateFaults,
  type CaptionCandidates,
  type CaptionModel,
  type CaptionOptions,
  type CaptionScores,
} from './candidates.js';
import {
  type GroupInputs,
  groupInputs,
  groupSizes,
  type HiddenGroup,
  hiddenGroups,
} from './hidden-groups.js';

/**
 * Scores captions for pictures by the likelihood of their pieces, each guessed from the picture and the other pieces.
 *
 * The sum over pieces of log p(piece | picture, pieces not hidden with it): a pseudo-log-likelihood. Pictures are
 * visible in full. The highest of a row is the caption that fits a picture best, the highest of a column the picture.
 *
 * @param runner - From `createRunner`.
 * @throws InvalidInput with one line for each fault: no pictures or captions, a caption that is empty, too long for the
 * model or has an id outside its vocabulary, a pair that does not exist, an option out of range, or a model without text
 * parameters.
 *
 * @example
 * ```ts
 * const { scores } = await captionLikelihood(createRunner(), { config, params, textLength: 20 }, { patches, captions });
 * ```
 *
 * @see Salazar et al., Masked Language Model Scoring, section 2, https://arxiv.org/abs/1910.14659
 */
export async function captionLikelihood(
  runner: Runner,
  model: CaptionModel,
  candidates: CaptionCandidates,
  options: CaptionOptions = {},
): Promise<CaptionScores> {
  throwFaults(candidateFaults(model, candidates, options));
  const { patches, captions } = candidates;
  const { groups = 'each', reduce = 'mean', subtractTextOnly = false, batchSize = 64, peers } = options;
  const [rows, columns] = [patches.shape[0]!, captions.length];
  const pairs =
    candidates.pairs ??
    Array.from({ length: rows * columns }, (_, i) => [Math.floor(i / columns), i % columns] as const);
  const passes = captions.map((caption, at) => hiddenGroups(at, caption.length, groups));
  const perCaption = (value: number, caption: number) =>
    reduce === 'mean' ? value / captions[caption]!.length : value;
  const program = likelihoodProgram(runner, model);
  try {
    const run = (wanted: readonly Pass[], pictures?: NdArray) =>
      sumsOf(program, model, captions, wanted, { batchSize, peers }, pictures);
    const data = new Float32Array(rows * columns).fill(NaN);
    const wanted = pairs.flatMap(([picture, caption], owner) =>
      passes[caption]!.map((group) => ({ owner, picture, group })),
    );
    const sums = await run(wanted, patches);
    pairs.forEach(([picture, caption], at) => {
      data[picture * columns + caption] = perCaption(sums[at]!, caption);
    });
    const scores = { rows, columns, data };
    if (!subtractTextOnly) return { scores };
    const alone = await run(passes.flat().map((group) => ({ owner: group.caption, picture: 0, group })));
    const textOnly = Float32Array.from(captions, (_, caption) => perCaption(alone[caption]!, caption));
    return { scores: { ...scores, data: data.map((value, i) => value - textOnly[i % columns]!) }, textOnly };
  } finally {
    await program.dispose();
  }
}

/** One pass and the sum that it adds to. */
interface Pass {
  readonly owner: number;
  readonly picture: number;
  readonly group: HiddenGroup;
}

type Inputs<Leaf> = GroupInputs<Leaf> & { readonly patches?: Leaf };

/** log p of each hidden piece: [rows, hide]. */
function likelihoodProgram(runner: Runner, { config, grid }: CaptionModel): Program<NdArray> {
  return runner<NdArray>('caption likelihood', (params: M3aeParams<Tensor>, inputs: Inputs<Tensor>) => {
    const { targets, textPlan, ...given } = inputs;
    const { output } = applyM3ae(
      params,
      config,
      {
        ...(given.patches && { patches: given.patches as Tensor3D }),
        tokenIds: given.tokenIds as Tensor2D,
        paddingMask: given.paddingMask as Tensor2D,
        textPlan: textPlan as TrimmedMaskPlan<Tensor2D>,
      },
      { predict: 'hidden', ...(given.patches && grid && { grid }) },
    );
    const logits = output.text!; // [rows, hide, vocab]
    const flat: Tensor2D = reshape(logits, [-1, logits.shape[2]]);
    const loss = rowCrossEntropy(flat, reshape(targets, [-1]));
    return neg(reshape(loss, targets.shape));
  });
}

/** Runs passes batch by batch; sums of log p by owner. */
async function sumsOf(
  program: Program<NdArray>,
  { params }: CaptionModel,
  captions: readonly ArrayLike<number>[],
  passes: readonly Pass[],
  { batchSize, peers }: { readonly batchSize: number; readonly peers?: EvaluationPeers },
  patches?: NdArray,
): Promise<Float64Array> {
  const sizes = groupSizes(passes.map(({ group }) => group));
  const sums = new Float64Array(1 + passes.reduce((last, { owner }) => Math.max(last, owner), 0));
  const all = batches(passes.length, batchSize);
  async function* found() {
    for (const { rows } of ownItems(all, peers)) {
      const taken = rows.map((row) => passes[row]!);
      const groups = taken.map(({ group }) => group);
      const pictures = taken.map(({ picture }) => picture);
      const inputs: Inputs<NdArray> = {
        ...groupInputs(groups, captions, sizes),
        ...(patches && { patches: takeRows(patches, pictures) }),
      };
      yield (await program.run(params, inputs)).data;
    }
  }
  let batch = 0;
  for await (const data of inOrder(all.length, found(), peers)) {
    const { rows, real } = all[batch++]!;
    for (let row = 0; row < real; row++) {
      const { owner, group } = passes[rows[row]!]!;
      group.hidden.forEach((_, at) => (sums[owner]! += data[row * sizes.hide + at]!));
    }
  }
  return sums;
}

/**
 * How well the hidden pieces of a text are guessed with the picture, less how well without it: else every picture gets
 * the commonest words.
 */
export function likelihoodScorer(
  runner: Runner,
  { config, params }: { readonly config: M3aeConfig; readonly params: M3aeParams<NdArray> },
  options: Pick<CaptionOptions, 'groups'> & ScorerOptions = {},
): PairScorer {
  return {
    by: 'likelihood',
    async score(pairs, rows) {
      const captions = rows.map((row) => piecesOfRow(pairs, row));
      const { scores } = await captionLikelihood(
        runner,
        { config, params, textLength: pairs.tokenIds.shape[1]! },
        { patches: pairs.patches, captions },
        { ...options, subtractTextOnly: true },
      );
      return { similarity: scores };
    },
    dispose: async () => {},
  };
}
