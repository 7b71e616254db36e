import { InputError } from '../config/config-error.js';

/** A case that cannot be read as one: a missing folder, an unknown kind, a malformed file. Exit code 2. */
export class BadCaseError extends InputError {
  constructor(fault: string) {
    super([fault]);
  }
}
