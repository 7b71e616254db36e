import { invalidField } from '@m3ae/errors';
import type { DataSplit, SplitWords } from '@m3ae/evaluation/model';
import type { Progress } from '@m3ae/logging';
import type { ExtraConfig } from '../config/schema-data.js';
import { defaultDrawings } from '../config/schema-sources.js';
import type { TrainerConfig } from '../config/schema.js';
import { emojiOf, emojiTests, isDrawn } from './emoji-sources.js';
import { inSection, openWhole, samples, type SourceSpec } from './opening.js';
import { openPictures, withoutShare } from './pictures.js';

/** Pictures like those trained on, and sets of others. */
export interface OutlierSets {
  /** Unseen pictures of the kind that was trained on: unseen emoji, or a folder's test part. */
  readonly inDistribution: DataSplit;
  /** `flags`, `openmoji`, `logos` and `circleFlags` where they are wanted, and those that `evaluation.outliers` names. */
  readonly sets: readonly DataSplit[];
}

/** The sets that runs of emoji are measured against, and others where they are asked for. */
async function builtIn({ data: { source } }: TrainerConfig): Promise<[SourceSpec, SplitWords][]> {
  const { outlierSets } = await samples();
  const drawings = isDrawn(source)
    ? emojiOf(source)
    : { kind: 'emoji' as const, size: 64, ...defaultDrawings };
  return outlierSets(drawings).map(({ spec, ...words }) => [spec, words]);
}

/** What a set is: its Iconify set, its file, or its folder. */
function wordsOf(spec: ExtraConfig): string {
  switch (spec.kind) {
    case 'icons':
      return spec.set;
    case 'idx':
      return lastOf(spec.images).replace(/\.gz$/, '');
    case 'folder':
      return lastOf(spec.path);
    case 'table':
      return lastOf(spec.path).replace(/\.[a-z]+$/, '');
    case 'webdataset':
      return lastOf([spec.shards].flat()[0]!).replace(/\..*$/, '');
    case 'parquet':
    case 'hdf5':
      return lastOf([spec.files].flat()[0]!).replace(/\..*$/, '');
    case 'module':
      return lastOf(spec.module).replace(/\.[a-z]+$/, '');
    default:
      return spec.kind;
  }
}

/** What a set of the config is called, in camel case. */
function nameOf(spec: ExtraConfig): string {
  const [first = 'set', ...rest] = wordsOf(spec)
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== '');
  return first + rest.map((word) => word[0]!.toUpperCase() + word.slice(1)).join('');
}

function lastOf(path: string): string {
  return path.replace(/[\\/]+$/, '').replace(/^.*[\\/]/, '');
}

/** The sets that a config names, each under a name of its own. */
function named({ evaluation }: TrainerConfig, taken: readonly string[]): [SourceSpec, SplitWords][] {
  const names = new Set(taken);
  return evaluation.outliers.map((spec) => {
    const base = nameOf(spec);
    let name = base;
    for (let number = 2; names.has(name); number++) name = `${base}${number}`;
    names.add(name);
    return [withoutShare(spec), { name, title: name, note: 'Named in evaluation.outliers.' }];
  });
}

/**
 * Opens the pictures that tell whether a model notices what lies outside its data.
 *
 * @param withBuiltIn - Whether the built-in sets are among them.
 * @throws InvalidInput if there is no set, a file, a folder or a data package is missing or unusable, or no picture was
 * kept apart.
 */
export async function openOutlierSets(
  config: TrainerConfig,
  progress: Progress,
  withBuiltIn: boolean,
): Promise<OutlierSets> {
  const own = withBuiltIn ? await builtIn(config) : [];
  const taken = own.map(([, { name }]) => name);
  const all = [...own, ...named(config, taken)];
  const inDistribution = await openInDistribution(config, progress);
  if (all.length === 0) {
    const rule = 'a list with pictures of another kind, as the run learned from none of the built-in ones';
    const remedy = `Write e.g. --set 'evaluation.outliers=[{"kind":"folder","path":"./others"}]', or compare with flags, OpenMoji and logos by --built-in.`;
    throw invalidField('evaluation.outliers', rule, 'none', remedy);
  }
  const sets: DataSplit[] = [];
  // One after the other: each draws with all cores the first time.
  for (const [place, [spec, words]] of all.entries()) {
    const section = `evaluation.outliers.${place - own.length}`; // built-in ones have no settings of the user's
    sets.push(
      await inSection(section, place < own.length ? {} : spec, () => openWhole(spec, words, progress)),
    );
  }
  return { inDistribution, sets };
}

async function openInDistribution(config: TrainerConfig, progress: Progress): Promise<DataSplit> {
  const { source } = config.data;
  if (isDrawn(source)) {
    const [{ spec, ...words }] = emojiTests(source);
    return openWhole(spec, words, progress);
  }
  const { tests, validation } = await openPictures(config, progress);
  const part = tests[0] ?? validation;
  if (part !== null) return part;
  throw invalidField(
    'data.source.validationShare',
    'above 0, as known pictures are compared with others',
    0,
    'Use e.g. 0.1.',
  );
}
