// Pictures
export { normalizeTargets, patchMse } from './patch-mse.js';

// Text and classes
export {
  softCrossEntropy,
  tokenCrossEntropy,
  type TokenScores,
  validTokens,
  type ValidTokensInputs,
  weightedTokenLoss,
} from './cross-entropy.js';

// Pictures against texts
export { clipContrastive, type ContrastiveScores, logitScaleRange } from './clip-contrastive.js';

// Their sum
export { weightedSum, type WeightedTerms } from './weighted-sum.js';
