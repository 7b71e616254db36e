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
export { collectFaults, type FaultCollector, prefixFaults } from './collect.js';
export { type MaybeFault, positiveInteger, throwFaults, unknownKeys } from './list-form.js';
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
export { type Interval, isInInterval } from './interval.js';
export { isRecord, requireList, requireOptions, requirePositiveInteger, requireRecord } from './kinds.js';
export { type FileKindName, knownFile } from './file-kind.js';
export { type SystemError, systemErrorOf } from './system-error.js';
