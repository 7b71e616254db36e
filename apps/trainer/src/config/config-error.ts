/** Bad input from a person: a config, an argument or a file. The command ends with exit code 2. */
export class InputError extends Error {
  override readonly name = 'InputError';

  /** @param faults - One sentence each; all are shown. */
  constructor(readonly faults: readonly string[]) {
    super(faults.join('\n'));
  }
}
