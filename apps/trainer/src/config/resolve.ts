import { specOfAddress } from '@m3ae/datasets';
import { isRecord, throwFaults } from '@m3ae/errors';
import { examine } from '@m3ae/errors/rules';
import {
  applyOverrides as apply,
  faultsBetween,
  type OverrideRules,
  showSetting,
} from '@m3ae/errors/settings';
import { inTodaysWords, trainSettingChecks } from '@m3ae/runs';
import { methodSettingChecks, taskSettingChecks } from '@m3ae/tasks';
import { configRule, type TrainerConfig } from './schema.js';

const rules: OverrideRules = {
  exclusive: { train: ['steps', 'epochs'], 'optimizer.warmup': ['steps', 'epochs', 'share'] },
  sectionOf: (value) => (typeof value === 'string' ? specOfAddress(value) : undefined),
};

/**
 * Applies `--set path=value` to a config that is not yet checked. `path=null` returns a setting to its default, which is also
 * null where null is a value. A setting that excludes another, as train.steps does train.epochs, takes its place; one of a source
 * that is given by its address joins what the address says. A whole section joins settings of it that stand before it.
 *
 * @param input - What the config file holds; it is not changed.
 * @param assignments - E.g. `['train.steps=20', 'image.mean=[0.5,0.5,0.5]']`; later ones win.
 * @returns A changed copy.
 * @throws InvalidInput for an assignment without `=`, an empty or unsafe path, or a section that contradicts a setting before it.
 */
export const applyOverrides = (input: unknown, assignments: readonly string[]): unknown =>
  apply(input, assignments, rules);

/**
 * The spec in place of each address of data, and today's words in place of earlier ones; what is neither stays, for the schema to refuse.
 */
function asSpecs(config: unknown): unknown {
  if (!isRecord(config)) return config;
  const { data, evaluation } = config;
  const spec = (value: unknown) => (typeof value === 'string' ? (specOfAddress(value) ?? value) : value);
  const within = (section: unknown, names: readonly string[]) => {
    if (!isRecord(section)) return section;
    const named = Object.entries(section).filter(([name]) => names.includes(name));
    const meant = named.map(([name, value]) => [name, Array.isArray(value) ? value.map(spec) : spec(value)]);
    return { ...section, ...Object.fromEntries(meant) };
  };
  return {
    ...config,
    ...(data !== undefined && { data: within(data, ['source', 'extra', 'unpairedText']) }),
    ...(evaluation !== undefined && { evaluation: within(inTodaysWords(evaluation), ['outliers']) }),
  };
}

/**
 * Fills in the defaults of a config and checks all of it.
 *
 * @param given - What a config file exports, after `--set`.
 * @returns The whole config; plain data.
 * @throws InvalidInput with every fault, not only the first: those of single settings, and those that show only
 * between settings that are themselves right.
 *
 * @example
 * ```ts
 * resolveConfig({ data: { source: { kind: 'emoji' } } }).image.patchSize; // 16
 * ```
 */
export function resolveConfig(given: unknown): TrainerConfig {
  const style = { whole: 'The config', show: showSetting, noun: 'setting' } as const;
  const { value, faults, doubtful } = examine(configRule, asSpecs(given), style);
  const checks = [...taskSettingChecks, ...trainSettingChecks, ...methodSettingChecks];
  throwFaults([...faults, ...faultsBetween(value, checks, doubtful)]);
  return value;
}
