// Ranks
export { type Communicator, type Pieces, RankFailed, singleProcess, type Values } from './communicator.js';

// What they do together
export {
  type BatchPeers,
  type BatchPeersOptions,
  type CommonStop,
  createBatchPeers,
  type ReductionOrder,
} from './batch-peers.js';
export {
  broadcastText,
  type Facts,
  gatherText,
  gatherValues,
  requireAgreement,
  succeedTogether,
} from './agreement.js';
