// Ranks
export { type Communicator, type Pieces, RankFailed, singleProcess, type Values } from './communicator.js';

// What they do together
export {
  anyStops,
  type BatchPeers,
  type BatchPeersOptions,
  type CommonStop,
  commonStop,
  createBatchPeers,
  distributedRules,
  type ReductionOrder,
} from './batch-peers.js';
export {
  broadcastState,
  broadcastText,
  type Facts,
  factsOf,
  gatheringPeers,
  gatherText,
  gatherValues,
  requireAgreement,
  succeedTogether,
} from './agreement.js';

// Where they are
export { crowdedCores, type CrowdedCoresOptions } from './crowded-cores.js';
