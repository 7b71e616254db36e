import type { TrainerConfig } from './schema.js';

type Stored = { readonly data?: { readonly source?: object } };

/**
 * A stored config with the layout of its folder. Earlier versions had no such setting and took sub-folders named
 * `train` and `val` for any other, so today's default would open other parts than the run began with.
 *
 * @param stored - As `config.json` has it; one that names its layout, or has no folder, comes back as it is.
 * @param layout - What to put where it names none.
 */
export function withLayout<Config>(stored: Config, layout: 'auto' | 'none'): Config {
  const { data } = stored as Stored;
  const source = data?.source as { readonly kind?: unknown; readonly layout?: unknown } | undefined;
  if (source?.kind !== 'folder' || source.layout !== undefined) return stored;
  return { ...stored, data: { ...data, source: { ...source, layout } } };
}

/** The layout of a config's folder; the default where it has none. */
export function layoutOfFolder({ data: { source } }: TrainerConfig): 'auto' | 'none' {
  return source.kind === 'folder' ? source.layout : 'auto';
}

/** A stored config with engine and backend apart, which were one setting in earlier versions: `eager:cpu`. */
export function withBackend<Config>(stored: Config): Config {
  const { train } = stored as { readonly train?: { readonly engine?: unknown } };
  const [engine, backend] = typeof train?.engine === 'string' ? train.engine.split(':') : [];
  return backend === undefined ? stored : { ...stored, train: { ...train, engine, backend } };
}
