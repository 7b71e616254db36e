// Ranks
export { type Communicator, type Pieces, RankFailed, singleProcess, type Values } from './communicator.js';

// What they do together
export {
  createGradientSum,
  type GradientSum,
  type GradientSumOptions,
  type ReductionOrder,
} from './gradient-sum.js';
export { type GatheredRows, gatherRows } from './gather-rows.js';
export { type Facts, gatherText, requireAgreement } from './agreement.js';
