import { faultOf, isRecord, type MaybeFault, throwFaults } from '@m3ae/errors';
import { checkedBy, type Rule } from '@m3ae/errors/rules';
import type { NdArray, Tree } from '@m3ae/tree';

/** Parameters and optimizer state. */
export interface TrainState<Leaf = NdArray> {
  readonly params: Tree<Leaf>;
  readonly optimizer: Tree<Leaf>;
}

/** Where a training stands: all that it needs to go on to the same bits. */
export interface Snapshot {
  /** Finished updates. */
  readonly step: number;
  readonly state: TrainState;
  /** Where the source of batches stands, as plain JSON; null at the beginning. */
  readonly batches: unknown;
  /** Steps whose loss was not finite. */
  readonly nonFinite: {
    /** The latest ones, in a row. */
    readonly inRow: number;
    readonly total: number;
  };
}

const isCount = (value: unknown) => Number.isInteger(value) && (value as number) >= 0;

const isTree = (value: unknown) => typeof value === 'object' && value !== null;

const snapshotHint = 'Pass step.init(key(0)), or what latest() of createCheckpoints gives.';

/** A value as a fault shows it; of a record its names alone, as it may hold a model. */
const shown = (value: unknown) =>
  isRecord(value) ? `a record { ${Object.keys(value).join(', ')} }` : Array.isArray(value) ? 'a list' : value;

/** What keeps a value from being a {@link Snapshot}; paths count from it. */
function snapshotFaults(given: unknown): MaybeFault[] {
  const fault = (path: string, rule: string, value: unknown) =>
    faultOf(path, rule, shown(value), snapshotHint);
  if (!isRecord(given)) return [fault('', 'a snapshot { step, state, batches, nonFinite }', given)];
  const { step, state, batches, nonFinite } = given;
  return [
    !isCount(step) && fault('step', 'the number of finished updates', step),
    !(isRecord(state) && isTree(state.params) && isTree(state.optimizer)) &&
      fault('state', 'a record { params, optimizer }', state),
    !('batches' in given) && fault('batches', 'where the source of batches stands, or null', batches),
    !(isRecord(nonFinite) && isCount(nonFinite.inRow) && isCount(nonFinite.total)) &&
      fault('nonFinite', 'a record { inRow, total } of counts', nonFinite),
  ];
}

/** Where a training stands; what else the record holds is not looked at. */
export const snapshotRule: Rule<Snapshot, Snapshot> = checkedBy((given: Snapshot) => {
  throwFaults(snapshotFaults(given));
  return given;
});
