import type { FolderSpec } from '@m3ae/datasets';
import { isRecord } from '@m3ae/errors';
import { optimizerRules } from '@m3ae/optim';

/** Names of settings and figures in earlier versions. */
const earlier: Readonly<Record<string, string>> = {
  neighbours: 'neighbors',
  strengths: 'l2',
  strength: 'l2',
};

/**
 * Plain data of an earlier version with today's words: configs and records of evaluations said `neighbours`, a number or several,
 * `neighbourDistance`, a score, and `strength` of the L2 penalty of a linear classifier, or `strengths`.
 */
export function inTodaysWords(value: unknown): unknown {
  if (value === 'neighbourDistance') return 'neighborDistance';
  if (Array.isArray(value)) return value.map(inTodaysWords);
  if (!isRecord(value)) return value;
  const today = (name: string, inner: unknown) => {
    if (name === 'neighbourDistance') return 'neighborDistance';
    // A set of pictures may have such a name too; what is measured of it is a record.
    return isRecord(inner) || !Object.hasOwn(earlier, name) ? name : earlier[name]!;
  };
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [today(name, inner), inTodaysWords(inner)]),
  );
}

/**
 * A stored config whose source of data has settings that came after it.
 *
 * @param stored - As `config.json` has it; one without such a source comes back as it is.
 * @param kinds - Of the sources that have these settings.
 * @param settings - What to put where the source says nothing of it.
 *
 * @example
 * ```ts
 * withSourceSettings({ data: { source: { kind: 'folder' } } }, ['folder'], { layout: 'none' }).data.source; // { kind: 'folder', layout: 'none' }
 * ```
 */
export function withSourceSettings<Config>(
  stored: Config,
  kinds: readonly string[],
  settings: object,
): Config {
  if (!isRecord(stored) || !isRecord(stored.data) || !isRecord(stored.data.source)) return stored;
  const { source } = stored.data;
  const added = Object.entries(settings).filter(([name]) => source[name] === undefined);
  if (!kinds.includes(String(source.kind)) || added.length === 0) return stored;
  return { ...stored, data: { ...stored.data, source: { ...source, ...Object.fromEntries(added) } } };
}

/** Engine and backend apart, which were one setting in earlier versions: `eager:cpu`. */
function withBackend<Config>(stored: Config): Config {
  if (!isRecord(stored) || !isRecord(stored.train)) return stored;
  const { train } = stored;
  const [engine, backend] = typeof train.engine === 'string' ? train.engine.split(':') : [];
  return backend === undefined ? stored : { ...stored, train: { ...train, engine, backend } };
}

/** Settings that earlier versions wrote for every kind of optimizer. */
const ofOneKind = ['b1', 'b2', 'epsilon', 'momentum'];

/** Without the settings of optimizers that it does not use, which earlier versions wrote all the same. */
function withOwnOptimizer<Config>(stored: Config): Config {
  if (!isRecord(stored) || !isRecord(stored.optimizer)) return stored;
  const { optimizer } = stored;
  if (!ofOneKind.every((name) => Object.hasOwn(optimizer, name))) return stored;
  const own = Object.keys(optimizer.kind === 'adamW' ? optimizerRules.adamW : optimizerRules.sgd);
  const kept = Object.entries(optimizer).filter(([name]) => own.includes(name) || !ofOneKind.includes(name));
  return { ...stored, optimizer: Object.fromEntries(kept) };
}

/**
 * A config as a folder stores it, in the settings of today. Its engine, optimizer and folder are those that it began with.
 *
 * @param folder - What a source of kind `folder` has where it says nothing: earlier versions took sub-folders named `train` and `val` for any
 * other, layout `none`, and made an example of each caption, so today's defaults would open other parts.
 */
export const fromEarlier = <Config>(
  stored: Config,
  folder: Pick<FolderSpec, 'layout' | 'examples'> = { layout: 'none', examples: 'captions' },
): Config => withOwnOptimizer(withBackend(withSourceSettings(stored, ['folder'], folder)));
