import { describe, type Fault, InvalidInput, isRecord } from '@m3ae/errors';
import type { RunRecord } from './run-folder.js';

/** What a program says of its settings, so that a run can go on with those that it began with. */
export interface SettingRules<Config> {
  /** Paths of settings that change neither weights nor metrics lines, or only how often they are written. */
  readonly harmless: readonly string[];
  /** Paths of settings that say how long a run is. */
  readonly length: readonly string[];
  /**
   * A stored config with the defaults of the settings that have come since it was written, so that a run of an earlier
   * version can go on; one that today's rules refuse comes back as it is.
   *
   * @param now - The config that the run shall go on with, where there is one.
   */
  upgrade(stored: Config, now?: Config): Config;
  /** Updates in all. */
  totalSteps(config: Config, data: RunRecord['data']): number;
  /**
   * Whether a run may go on to another length after some updates: they must be those that the other length would have
   * made.
   */
  mayChangeLength(before: Config, now: Config, data: RunRecord['data'], done: number): boolean;
  /** What to do where it may not, with a dot at its end. */
  lengthRemedy(folder: string): string;
  /** What the options are called in messages; by default their names in code. */
  readonly names?: Partial<OptionNames>;
}

/** Options that messages about a run folder tell a person to use. */
export interface OptionNames {
  readonly resume: string;
  readonly overwrite: string;
  readonly allowConfigChange: string;
  readonly allowLostLines: string;
  /** How another folder is given. */
  readonly folder: string;
}

/** The names of options in code, with those over them that a program has of its own. */
export const optionNames = (names: Partial<OptionNames> = {}): OptionNames => ({
  resume: 'resume',
  overwrite: 'overwrite',
  allowConfigChange: 'allowConfigChange',
  allowLostLines: 'allowLostLines',
  folder: 'another folder',
  ...names,
});

interface Difference {
  readonly path: string;
  readonly before: unknown;
  readonly now: unknown;
}

/** Every field in which two plain trees differ. */
export function differences(before: unknown, now: unknown, path = ''): Difference[] {
  if (isRecord(before) && isRecord(now)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(now)])];
    return names.flatMap((name) =>
      differences(before[name], now[name], path === '' ? name : `${path}.${name}`),
    );
  }
  return JSON.stringify(before) === JSON.stringify(now) ? [] : [{ path, before, now }];
}

/** Whether a setting changes neither weights nor metrics lines. */
export const isHarmless = (path: string, harmless: readonly string[]) =>
  harmless.some((name) => path === name || path.startsWith(`${name}.`));

const shown = (value: unknown) =>
  describe(typeof value === 'string' || Array.isArray(value) ? JSON.stringify(value) : value);

/** What to do about a setting that differs, by its path; undefined where another value passes. */
export type RemedyOf = (path: string) => string | undefined;

/**
 * Refuses values that are not those a run began with.
 *
 * @param remedyOf - By default all differences are refused.
 * @throws InvalidInput listing every differing field with both values.
 */
export function refuseDifferences(
  before: unknown,
  now: unknown,
  remedyOf: RemedyOf = () => 'Set it back, or start another run.',
): void {
  const faults = differences(before, now).flatMap(({ path, before: was, now: is }): Fault[] => {
    const remedy = remedyOf(path);
    if (remedy === undefined) return [];
    return [{ path, rule: `as the run began, ${shown(was)}`, received: shown(is), remedy }];
  });
  if (faults.length > 0) throw new InvalidInput(faults);
}

/**
 * What to do about settings that are not those a run began with.
 *
 * @param allow - Whether harmless differences pass.
 * @param length - True where another length passes, else the remedy.
 */
export function settingRemedies<Config>(
  { harmless, length: lengthPaths, names }: SettingRules<Config>,
  allow: boolean,
  length: true | string,
): RemedyOf {
  const { allowConfigChange, folder } = optionNames(names);
  return (path) => {
    if (lengthPaths.includes(path)) return length === true ? undefined : length;
    if (!isHarmless(path, harmless)) return `Set it back, or start another run with ${folder}.`;
    return allow ? undefined : `Set it back, or pass ${allowConfigChange}.`;
  };
}

/**
 * Refuses to go on with data that are not those the run began with. Facts that have come since it was written pass.
 *
 * @throws InvalidInput listing every fact that differs.
 */
export function refuseNewFacts(before: object, now: object, names?: Partial<OptionNames>): void {
  const known = Object.fromEntries(Object.entries(now).filter(([name]) => Object.hasOwn(before, name)));
  const { folder } = optionNames(names);
  refuseDifferences(before, known, () => `Set it back, or start another run with ${folder}.`);
}
