import { limitLines } from '@m3ae/errors';

/** Bad input from a person: a config, an argument or a file. The command ends with exit code 2. */
export class InputError extends Error {
  override readonly name = 'InputError';

  /** @param faults - One sentence each; the first 20 are shown, and how many more there are. */
  constructor(readonly faults: readonly string[]) {
    super(limitLines(faults).join('\n'));
  }
}
