import { type Fault, isInvalidInput } from '../src/index.js';

/** The faults of the error that `run` throws; fails where it throws none, or another kind. */
export function faultsOf(run: () => unknown): readonly Fault[] {
  try {
    run();
  } catch (error) {
    if (isInvalidInput(error)) return error.faults;
    throw error;
  }
  throw new Error('Nothing was refused.');
}
