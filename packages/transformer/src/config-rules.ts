import {
  flag,
  inInterval,
  integer,
  matching,
  number,
  oneOf,
  optional,
  type RulesOf,
  withDefault,
} from '@m3ae/errors/rules';
import type { M3aeConfig } from './config.js';

// ViT-22B is 6,144 wide and 48 blocks deep.
const width = (remedy: string) => integer({ min: 1, limit: 16_384 }, remedy);
const blocks = (min: number, remedy: string) => integer({ min, limit: 512 }, remedy);
const share = withDefault(inInterval('[0, 1)', 'Write a tenth as 0.1, not 10.'), 0);

const isGrid = (grid: unknown) =>
  Array.isArray(grid) && grid.length === 2 && grid.every((side) => Number.isInteger(side) && side >= 1);

/** The rules of {@link M3aeConfig}, with the defaults of what no named size fixes. */
export const modelRules = {
  embedDim: width('ViT-S has 384.'),
  depth: blocks(1, 'ViT-S has 12.'),
  heads: blocks(1, 'ViT-S has 6.'),
  decoderDim: width('The reference has 512.'),
  decoderDepth: blocks(1, 'The reference has 8.'),
  decoderHeads: blocks(1, 'The reference has 16.'),
  mlpRatio: number({ above: 0, limit: 64 }, 'The reference has 4.'),
  patchSize: withDefault(integer({ min: 1 }, 'The reference has 16.'), 16),
  channels: withDefault(
    matching<number>('1, 3 or 4', (count) => [1, 3, 4].includes(Number(count)), 'RGB pictures have 3.', 3),
    3,
  ),
  vocabSize: withDefault(integer({ min: 1 }, 'The BERT vocabulary has 30522.'), 30_522),
  outputHeadDepth: withDefault(
    blocks(0, 'The hidden layers of the output heads; 0 is one linear map, as in the reference.'),
    0,
  ),
  useTypeEmbedding: withDefault(flag('true adds a learned vector for picture and for text.'), true),
  gelu: withDefault(
    oneOf(
      ['tanh', 'erf', 'quick'],
      '"tanh" is the approximation that the reference uses, "quick" that of the original CLIP.',
    ),
    'tanh',
  ),
  normEpsilon: withDefault(
    number({ above: 0, limit: 1 }, 'Added to the variance in a normalization; 1e-6 in the reference.'),
    1e-6,
  ),
  dropout: share,
  attentionDropout: share,
  dropPath: share,
  dropPathSchedule: withDefault(
    oneOf(['constant', 'linear'], '"constant" is the same in every block, as in the reference.'),
    'constant',
  ),
  imageOutputDim: optional(integer({ min: 1 }, 'Leave it out to predict pixels.')),
  learnedPositions: optional(
    matching<readonly [number, number]>(
      '[rows, columns] of patches',
      isGrid,
      'Leave it out for fixed positions.',
      [1, 1],
    ),
  ),
  inputNorm: optional(flag('true normalizes before the first block, as the original CLIP does.')),
} as const satisfies RulesOf<M3aeConfig>;
