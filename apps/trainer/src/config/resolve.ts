import { InputError } from './config-error.js';
import { crossFaults } from './cross-checks.js';
import { configSchema, type TrainerConfig } from './schema.js';

/**
 * Fills in the defaults of a config and checks all of it.
 *
 * @param input - What a config file exports, after `--set`.
 * @returns The whole config; plain data.
 * @throws InputError with one sentence for every fault, not only the first.
 *
 * @example
 * ```ts
 * resolveConfig({ data: { source: { kind: 'emoji' } } }).image.patchSize; // 16
 * ```
 */
export function resolveConfig(input: unknown): TrainerConfig {
  const result = configSchema.safeParse(input);
  if (result.success) {
    const faults = crossFaults(result.data);
    if (faults.length > 0) throw new InputError(faults);
    return result.data;
  }
  const faults = result.error.issues.flatMap((issue) => {
    const path = issue.path.map(String);
    if (issue.code === 'unrecognized_keys') {
      return issue.message.split('\n').map((line) => [...path, line].join('.'));
    }
    return [`${path.length === 0 ? 'The config' : path.join('.')} ${issue.message}`];
  });
  throw new InputError(faults);
}
