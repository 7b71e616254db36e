export {
  describe,
  type Fault,
  faultLines,
  faultOf,
  invalidField,
  InvalidInput,
  isInvalidInput,
  sentenceOf,
  sentencesOf,
  unusable,
} from './invalid-input.js';
export {
  collectFaults,
  type FaultCollector,
  prefixFaults,
  type MaybeFault,
  positiveInteger,
  throwFaults,
  unknownKeys,
} from './collect.js';
export {
  duration,
  limitLines,
  listSome,
  messageOf,
  multiplesAround,
  nearestDivisor,
  nearestHint,
  nearestName,
  pluralize,
} from './words.js';
export {
  type Interval,
  isInInterval,
  isRecord,
  requireList,
  requireOptions,
  requirePositiveInteger,
  requireRecord,
  type SystemError,
  systemErrorOf,
} from './kinds.js';
export { type FileKindName, knownFile } from './file-kind.js';
