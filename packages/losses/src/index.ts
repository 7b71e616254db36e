// Pictures
export { normalizeTargets, patchMse } from './patch-mse.js';

// Text
export {
  tokenCrossEntropy,
  type TokenScores,
  validTokens,
  type ValidTokensInputs,
} from './token-cross-entropy.js';
export { weightedTokenLoss } from './weighted-token-loss.js';

// Pictures against texts
export { clipContrastive, type ContrastiveScores, logitScaleRange } from './clip-contrastive.js';

// Classes
export { softCrossEntropy } from './soft-cross-entropy.js';

// Their sum
export { weightedSum, type WeightedTerms } from './weighted-sum.js';
