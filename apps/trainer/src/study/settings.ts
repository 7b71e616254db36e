import { isRecord } from '@m3ae/errors';
import { canonicalJson, type Settings } from '@m3ae/study';
import { applyOverrides } from '../config/overrides.js';
import { resolveConfig } from '../config/resolve.js';
import type { TrainerConfig } from '../config/schema.js';

const assignments = (set: Settings) =>
  Object.entries(set).map(([path, value]) => `${path}=${JSON.stringify(value)}`);

/** The config of a pre-training: the base of its study with the settings of its variant. */
export function configOf(base: unknown, set: Settings): TrainerConfig {
  return resolveConfig(applyOverrides(base, assignments(set)));
}

type Plain = Record<string, unknown>;

/** Settings that change how a run is carried out, and not what comes out of it. */
const ofTheMachine = [
  'name',
  'data.workers',
  'data.queueSize',
  'data.maxBadShare',
  'train.maxNonFinite',
  'train.threads',
  'train.replicas',
  'log',
  'checkpoint',
  'evaluation',
  'report',
];

/** Leaves out what stands at a path; places in a list are numbers. */
function without<Tree>(tree: Tree, path: readonly string[]): Tree {
  const [name, ...rest] = path;
  if (Array.isArray(tree)) {
    return tree.map((item, at) => (String(at) === name ? without(item, rest) : item)) as Tree;
  }
  if (!isRecord(tree) || !Object.hasOwn(tree, name!)) return tree;
  const { [name!]: value, ...others } = tree;
  return (rest.length === 0 ? others : { ...tree, [name!]: without(value, rest) }) as Tree;
}

function resolvedText(input: Plain): string | undefined {
  try {
    return canonicalJson(resolveConfig(input));
  } catch {
    return undefined; // the setting that was left out is needed
  }
}

/** Leaves out what the defaults say anyway, whole sections first, in the items of lists too. */
function dropDefaults(whole: Plain): Plain {
  const wanted = resolvedText(whole);
  let kept = whole;
  const visit = (place: readonly string[], tree: unknown) => {
    if (Array.isArray(tree)) tree.forEach((item, at) => visit([...place, String(at)], item));
    if (!isRecord(tree)) return;
    for (const name of Object.keys(tree).sort()) {
      const path = [...place, name];
      const shorter = without(kept, path);
      if (resolvedText(shorter) === wanted) kept = shorter;
      else visit(path, tree[name]);
    }
  };
  visit([], whole);
  return kept;
}

/** Everything of a resolved config that its weights depend on. */
export function decisiveSettings(config: TrainerConfig): Plain {
  const plain = JSON.parse(
    JSON.stringify(config, (name, value: unknown) => (name === 'cacheFolder' ? undefined : value)),
  ) as Plain;
  return ofTheMachine.reduce((left, path) => without(left, path.split('.')), plain);
}

/**
 * The settings that tell one pre-training from another: those that its weights depend on, without those that
 * equal their default. So a later version that knows more settings finds the same run again.
 */
export function identifyingSettings(config: TrainerConfig): Plain {
  return dropDefaults(decisiveSettings(config));
}
