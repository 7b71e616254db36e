// Reading by a rule
export {
  checkOptions,
  examine,
  type Examined,
  type FaultStyle,
  type InputOf,
  type OutputOf,
  type Place,
  type Rule,
  type RuleShape,
} from './rules/rule.js';

// Single values, and those that are typed on a command line
export {
  anything,
  callback,
  countUpTo,
  flag,
  inInterval,
  integer,
  matching,
  number,
  oneOf,
  text,
  typed,
  typedValue,
  typedValues,
} from './rules/values.js';

// Made of others
export {
  checkedBy,
  either,
  nullable,
  optional,
  optionalRecord,
  refined,
  rewritten,
  withDefault,
} from './rules/composed.js';
export {
  dictionary,
  type Fields,
  kinds,
  list,
  record,
  type RecordInput,
  type RecordOutput,
  type RulesOf,
} from './rules/records.js';
