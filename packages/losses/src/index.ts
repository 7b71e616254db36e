// Pictures
export { patchMse } from './patch-mse.js';
export { normalizeTargets } from './normalize-targets.js';

// Text
export { tokenCrossEntropy, type TokenScores } from './token-cross-entropy.js';
export { weightedTokenLoss } from './weighted-token-loss.js';
export { validTokens, type ValidTokensInputs } from './valid-tokens.js';

// Pictures against texts
export { clipContrastive, type ContrastiveScores, logitScaleRange } from './clip-contrastive.js';

// Classes
export { softCrossEntropy } from './soft-cross-entropy.js';

// Their sum
export { weightedSum, type WeightedTerms } from './weighted-sum.js';
