import { type DataSplit, nameSources, placeSpecFaults, type SplitWords } from '@m3ae/datasets';
import { invalidField } from '@m3ae/errors';
import type { Progress } from '@m3ae/logging';
import type { ExtraConfig } from '../config/schema-data.js';
import { defaultDrawings } from '../config/schema-sources.js';
import type { TrainerConfig } from '../config/schema.js';
import { openWhole, samples, type SourceSpec } from './opening.js';
import { emojiTests, isDrawn, openPictures, withoutShare } from './pictures.js';

/** Pictures like those trained on, and sets of others. */
export interface OutlierSets {
  /** Unseen pictures of the kind that was trained on: unseen emoji, or a folder's test part. */
  readonly inDistribution: DataSplit;
  /** `flags`, `openmoji`, `logos` and `circleFlags` where they are wanted, and those that `evaluation.outliers` names. */
  readonly sets: readonly DataSplit[];
}

/** The sets that runs of emoji are measured against, and others where they are asked for. */
async function builtIn({ data: { source } }: TrainerConfig): Promise<[SourceSpec, SplitWords][]> {
  const { emojiOf, outlierSets } = await samples();
  const drawings = isDrawn(source)
    ? emojiOf(source)
    : { kind: 'emoji' as const, size: 64, ...defaultDrawings };
  return outlierSets(drawings).map(({ spec, ...words }) => [spec, words]);
}

/** The sets that a config names, each under a name of its own. */
function named({ evaluation }: TrainerConfig, taken: readonly string[]): [SourceSpec, SplitWords][] {
  const { outliers } = evaluation;
  const wordsOf = (spec: ExtraConfig) =>
    spec.kind === 'icons' ? spec.set : isDrawn(spec) ? spec.kind : spec;
  const names = nameSources(outliers.map(wordsOf), taken);
  return outliers.map((spec, at) => {
    const name = names[at]!;
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
      await placeSpecFaults(section, place < own.length ? {} : spec, () => openWhole(spec, words, progress)),
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
