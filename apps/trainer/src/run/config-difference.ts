import { InputError } from '../config/config-error.js';
import { show } from '../config/fields.js';
import { resolveConfig } from '../config/resolve.js';

/** Settings that change neither weights nor metrics lines, or only how often they are written. */
const harmless = [
  'name',
  'data.workers',
  'data.queueSize',
  'data.maxBadShare',
  'train.maxNonFinite',
  'log',
  'checkpoint',
  'evaluation',
  'report',
];

interface Difference {
  readonly path: string;
  readonly before: unknown;
  readonly now: unknown;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

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

const isHarmless = (path: string) => harmless.some((name) => path === name || path.startsWith(`${name}.`));

/**
 * A stored config with the defaults of the settings that have come since it was written, so that a run of an earlier
 * version can go on. One that today's rules refuse stays as it is.
 */
export function withNewDefaults(stored: unknown): unknown {
  try {
    return resolveConfig(stored);
  } catch (error) {
    if (error instanceof InputError) return stored;
    throw error;
  }
}

/**
 * Refuses to go on with another config than the run began with.
 *
 * @param allow - Whether harmless differences pass (`--allow-config-change`).
 * @throws InputError listing every differing field with both values.
 */
export function refuseDifferences(before: unknown, now: unknown, allow: boolean): void {
  const found = differences(before, now);
  const refused = allow ? found.filter(({ path }) => !isHarmless(path)) : found;
  if (refused.length === 0) return;
  throw new InputError(
    refused.map(
      ({ path, before: was, now: is }) =>
        `${path} must be as the run began, ${show(was)}; received ${show(is)}. ` +
        (isHarmless(path)
          ? 'Set it back, or pass --allow-config-change.'
          : 'Set it back, or start another run with --out.'),
    ),
  );
}
