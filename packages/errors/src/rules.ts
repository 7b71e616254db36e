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

// Single values
export {
  anything,
  callback,
  flag,
  inInterval,
  integer,
  matching,
  number,
  oneOf,
  text,
} from './rules/values.js';

// What may be left out
export { nullable, optional, optionalRecord, withDefault } from './rules/absence.js';

// Made of others
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
export { checkedBy, either, refined, rewritten } from './rules/others.js';

// What is typed on a command line
export { countUpTo, typed, typedValue, typedValues } from './rules/typed.js';
