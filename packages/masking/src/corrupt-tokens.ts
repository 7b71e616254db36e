import { foldIn, permutation, randomInteger, type RngKey, uniform } from '@m3ae/random';
import { faultOf, requireList, throwFaults } from '@m3ae/errors';
import {
  checkOptions,
  inInterval,
  integer,
  list,
  matching,
  optional,
  type OutputOf,
  record,
  refined,
  type RulesOf,
  withDefault,
} from '@m3ae/errors/rules';
import { firstRowRule } from './random-mask.js';

/** What {@link corruptTokens} needs to know. */
export interface CorruptOptions {
  /** Sequences in `tokenIds`; 1 by default. */
  readonly rows?: number;
  /** Row of a larger draw that the first of these is; 0 by default. */
  readonly firstRow?: number;
  /** Share of a sequence's real tokens to predict, in [0, 1]; 0.15 by default, as in BERT. */
  readonly maskRatio?: number;
  /** Size of the vocabulary, from which random replacements are drawn. */
  readonly vocabSize: number;
  /** Id of the mask token; 103 by default, `[MASK]` of `bert-base-uncased`. */
  readonly maskId?: number;
  /** Ids never chosen; `[PAD] [UNK] [CLS] [SEP] [MASK]` of `bert-base-uncased` by default: 0, 100, 101, 102, 103. */
  readonly specialIds?: readonly number[];
  /** 1 where there is padding, never chosen: [rows, length]. Left out, only `specialIds` are spared. */
  readonly paddingMask?: ArrayLike<number>;
  /** Share of the chosen tokens that become the mask token; 0.8 by default. */
  readonly maskShare?: number;
  /** Share of the chosen tokens that become a random token; 0.1 by default. The rest stays as it is. */
  readonly randomShare?: number;
}

/** Token ids with some of them altered. */
export interface CorruptedTokens {
  /** What the model sees: [rows, length]. */
  readonly tokenIds: Int32Array;
  /** 1 where the original token is to be predicted, whatever became of it: [rows, length]. */
  readonly mask: Float32Array;
}

const share = inInterval('[0, 1]', 'Write eighty percent as 0.8.');
const id = integer({ min: 0 }, 'Pass the id of a token.');
const paddingRemedy = 'Pass one value a token, 1 = padding.';
const corruptRules = {
  rows: withDefault(integer({ min: 1 }, 'Pass the number of sequences.'), 1),
  firstRow: firstRowRule,
  maskRatio: withDefault(share, 0.15),
  vocabSize: integer({ min: 1 }, 'Pass the number of tokens in the vocabulary.'),
  maskId: withDefault(id, 103),
  specialIds: withDefault(
    list(id, { rule: 'a list of ids', remedy: 'Write [] for none.' }),
    [0, 100, 101, 102, 103],
  ),
  paddingMask: optional(
    matching<ArrayLike<number>>(
      'a list',
      (mask) => Array.isArray(mask) || ArrayBuffer.isView(mask),
      paddingRemedy,
      [],
    ),
  ),
  maskShare: withDefault(share, 0.8),
  randomShare: withDefault(share, 0.1),
} as const satisfies RulesOf<CorruptOptions>;

const optionsRule = refined(
  record(corruptRules),
  ['maskShare', 'randomShare'],
  ({ maskShare, randomShare }) => [
    maskShare + randomShare > 1 + 1e-9 &&
      faultOf('maskShare + randomShare', 'at most 1', maskShare + randomShare, 'The rest stays as it is.'),
  ],
);

/**
 * Corrupts token ids as BERT does: of the chosen tokens 80 % become `[MASK]`, 10 % a random token, 10 % stay.
 *
 * Each sequence has `round(maskRatio * real tokens)` of them chosen, and at least one where there is a real token.
 * All tokens remain in the encoder, unlike with a {@link MaskPlan} that hides some: use a plan that hides nothing
 * (`planFromMask(new Float32Array(length))`) and weight the loss with the `mask` that this returns.
 *
 * @param key - Random key; the same key always gives the same result.
 * @param tokenIds - Ids, not changed: [rows, length].
 * @param options - See {@link CorruptOptions}.
 * @throws RangeError if a size, share or id is out of range, the lengths do not fit, or an option is unknown.
 *
 * @example
 * ```ts
 * const { tokenIds, mask } = corruptTokens(key(0), ids, { vocabSize: 30522, rows: 8 });
 * ```
 *
 * @see Devlin et al., BERT, section 3.1 and appendix A.1, https://arxiv.org/abs/1810.04805
 */
export function corruptTokens(
  key: RngKey,
  tokenIds: ArrayLike<number>,
  options: CorruptOptions,
): CorruptedTokens {
  requireList('tokenIds', tokenIds, 'Pass the ids of the text.');
  const given = checkOptions(optionsRule, options);
  checkTokens(tokenIds, given);
  const { rows, firstRow, maskRatio, maskId, maskShare, randomShare, vocabSize, paddingMask } = given;
  const special = new Set(given.specialIds);
  const length = tokenIds.length / rows;
  const corrupted = Int32Array.from(tokenIds);
  const mask = new Float32Array(tokenIds.length);
  const first = firstRow * length;
  const actions = uniform(foldIn(key, 0), tokenIds.length, first);
  const replacements = randomInteger(foldIn(key, 1), tokenIds.length, 0, vocabSize, first);
  for (let row = 0; row < rows; row++) {
    const places = Array.from({ length }, (_, token) => row * length + token);
    const real = places.filter((i) => !special.has(tokenIds[i]!) && !paddingMask?.[i]);
    const count = Math.min(real.length, Math.max(1, Math.round(maskRatio * real.length)));
    const order = permutation(foldIn(foldIn(key, 2), firstRow + row), real.length);
    for (const chosen of maskRatio > 0 ? order.subarray(0, count) : []) {
      const i = real[chosen]!;
      mask[i] = 1;
      if (actions[i]! < maskShare) corrupted[i] = maskId;
      else if (actions[i]! < maskShare + randomShare) corrupted[i] = replacements[i]!;
    }
  }
  return { tokenIds: corrupted, mask };
}

function checkTokens(
  tokenIds: ArrayLike<number>,
  { rows, vocabSize, maskId, paddingMask }: OutputOf<typeof optionsRule>,
): void {
  const isId = (id: number) => Number.isInteger(id) && id >= 0 && id < vocabSize;
  const stray = Array.prototype.findIndex.call(tokenIds, (id: number) => !isId(id));
  const { length } = tokenIds;
  const known = `in [0, ${vocabSize})`;
  throwFaults([
    length % rows !== 0 &&
      faultOf('tokenIds', `of the same length in each of ${rows} rows`, `${length} ids`, 'Pad them.'),
    stray >= 0 &&
      faultOf('tokenIds', `integers ${known}`, `${tokenIds[stray]} at place ${stray}`, 'Check vocabSize.'),
    !isId(maskId) && faultOf('maskId', `an integer ${known}`, maskId, 'Pass the id of the mask token.'),
    paddingMask !== undefined &&
      paddingMask.length !== length &&
      faultOf('paddingMask', `of ${length} values`, paddingMask.length, paddingRemedy),
  ]);
}
