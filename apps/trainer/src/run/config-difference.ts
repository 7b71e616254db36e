import { isRecord, isInvalidInput, unusable } from '@m3ae/errors';
import { withBackend } from '../config/earlier-layout.js';
import { show } from '../config/fields.js';
import { resolveConfig } from '../config/resolve.js';

/** Settings that change neither weights nor metrics lines, or only how often they are written. */
const harmless = [
  'name',
  'data.workers',
  'data.queueSize',
  'data.maxBadShare',
  'train.maxNonFinite',
  'train.replicas',
  'distributed.overlap',
  'distributed.timeout',
  'log',
  'checkpoint',
  'evaluation',
  'report',
];

/** Settings that say how long a run is. */
export const lengthPaths: readonly string[] = ['train.steps', 'train.epochs'];

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
export const isHarmless = (path: string) =>
  harmless.some((name) => path === name || path.startsWith(`${name}.`));

/**
 * A stored config with the defaults of the settings that have come since it was written, so that a run of an earlier
 * version can go on. One that today's rules refuse stays as it is.
 */
export function withNewDefaults(stored: unknown): unknown {
  try {
    return resolveConfig(withBackend(stored));
  } catch (error) {
    if (isInvalidInput(error)) return stored;
    throw error;
  }
}

/**
 * Refuses to go on with another config than the run began with.
 *
 * @param allow - Whether harmless differences pass (`--allow-config-change`).
 * @param length - Whether another length passes, or the remedy where it does not.
 * @throws InvalidInput listing every differing field with both values.
 */
export function refuseDifferences(
  before: unknown,
  now: unknown,
  allow: boolean,
  length: true | string = 'Set it back, or start another run with --out',
): void {
  const passes = (path: string) =>
    (allow && isHarmless(path)) || (length === true && lengthPaths.includes(path));
  const remedyOf = (path: string) => {
    if (lengthPaths.includes(path)) return `${length}.`;
    return isHarmless(path)
      ? 'Set it back, or pass --allow-config-change.'
      : 'Set it back, or start another run with --out.';
  };
  const refused = differences(before, now).filter(({ path }) => !passes(path));
  if (refused.length === 0) return;
  throw unusable(
    refused.map(
      ({ path, before: was, now: is }) =>
        `${path} must be as the run began, ${show(was)}; received ${show(is)}. ${remedyOf(path)}`,
    ),
  );
}

/**
 * Refuses to go on with data that are not those the run began with. Facts that have come since it was written pass.
 *
 * @throws InvalidInput listing every fact that differs.
 */
export function refuseNewFacts(before: object, now: object): void {
  const known = Object.fromEntries(Object.entries(now).filter(([name]) => Object.hasOwn(before, name)));
  refuseDifferences(before, known, false);
}
