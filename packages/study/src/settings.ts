import { isRecord } from '@m3ae/errors';
import { canonicalJson, type Settings, type SettledVariant } from './experiment.js';

/** Leaves out what stands at a path; places in a list are numbers. */
export function withoutSetting<Tree>(tree: Tree, path: readonly string[]): Tree {
  const [name, ...rest] = path;
  if (Array.isArray(tree)) {
    return tree.map((item, at) => (String(at) === name ? withoutSetting(item, rest) : item)) as Tree; // a list as before
  }
  if (!isRecord(tree) || !Object.hasOwn(tree, name!)) return tree;
  const { [name!]: value, ...others } = tree;
  return (rest.length === 0 ? others : { ...tree, [name!]: withoutSetting(value, rest) }) as Tree; // a record as before
}

/**
 * Leaves out what the defaults say anyway, whole sections first, in the items of lists too: what is left tells one run from
 * another in every version that adds defaults.
 *
 * @param resolve - Fills the defaults in; throws where a setting is missing that is needed.
 */
export function leaveOutDefaults(whole: Settings, resolve: (settings: Settings) => unknown): Settings {
  const resolved = (settings: Settings): string | undefined => {
    try {
      return canonicalJson(resolve(settings));
    } catch {
      return undefined; // the setting that was left out is needed
    }
  };
  const wanted = resolved(whole);
  let kept = whole;
  const visit = (place: readonly string[], tree: unknown) => {
    if (Array.isArray(tree)) tree.forEach((item, at) => visit([...place, String(at)], item));
    if (!isRecord(tree)) return;
    for (const name of Object.keys(tree).sort()) {
      const path = [...place, name];
      const shorter = withoutSetting(kept, path);
      if (resolved(shorter) === wanted) kept = shorter;
      else visit(path, tree[name]);
    }
  };
  visit([], whole);
  return kept;
}

/** How {@link settledConfig} reads a config. */
export interface SettledConfigOptions {
  /** Fills the defaults in, and throws where a setting is missing that is needed. */
  readonly resolve: (settings: Settings) => unknown;
  /** Dotted paths of settings that change how a run is carried out, and not what comes out of it. */
  readonly harmless: readonly string[];
  /** Names of such settings wherever they stand, e.g. of a cache. */
  readonly harmlessNames?: readonly string[];
}

/**
 * What tells the runs of a config from others, for `settle` of an experiment: everything that their figures depend on, and
 * of that what does not equal its default. So a later version that knows more settings finds the same run again.
 *
 * @param config - Plain data with every default filled in.
 *
 * @example
 * ```ts
 * const resolve = (settings: object) => ({ rate: 0.1, threads: 1, ...settings });
 * settledConfig(resolve({ steps: 9 }), { resolve, harmless: ['threads'] });
 * // { identity: { steps: 9 }, resolved: { rate: 0.1, steps: 9 } }
 * ```
 */
export function settledConfig(
  config: object,
  { resolve, harmless, harmlessNames = [] }: SettledConfigOptions,
): SettledVariant {
  const plain: Settings = JSON.parse(
    JSON.stringify(config, (name, value: unknown) => (harmlessNames.includes(name) ? undefined : value)),
  );
  const resolved = harmless.reduce((left, path) => withoutSetting(left, path.split('.')), plain);
  return { identity: leaveOutDefaults(resolved, resolve), resolved };
}
