import {
  type DataSplit,
  nameSources,
  type PictureSplits,
  placeSpecFaults,
  type SplitWords,
} from '@m3ae/datasets';
import type { Progress } from '@m3ae/logging';
import type { SceneSplits } from '@m3ae/sample-datasets';
import { invalidField } from '@m3ae/errors';
import { defaultDrawings, type ExtraConfig } from '../config/schema-data.js';
import type { TrainerConfig } from '../config/schema.js';
import {
  isDrawn,
  openingProgress,
  openPictures,
  openWhole,
  samples,
  type SourceSpec,
  withoutShare,
} from './pictures.js';

/** Everything that a run reads. */
export interface Sources extends PictureSplits {
  /** Text alone that is trained on besides; null where there is none. */
  readonly unpairedText: DataSplit | null;
}

/** All that there is of what a run reads. */
export const partsOf = ({
  train,
  validation,
  tests,
  unpairedText = null,
}: Pick<Sources, 'train' | 'validation' | 'tests'> & Partial<Sources>): DataSplit[] =>
  [train, validation, ...tests, unpairedText].filter((part) => part !== null);

/** What tells parts of data from others, by their names. */
export const fingerprintsOf = (parts: readonly DataSplit[]): Readonly<Record<string, string>> =>
  Object.fromEntries(parts.map(({ name, dataset }) => [name, dataset.fingerprint]));

/** Opens every source that a config names. */
export async function openSources(config: TrainerConfig, progress: Progress): Promise<Sources> {
  const pictures = await openPictures(config, progress);
  const text = config.data.unpairedText;
  const words = { name: 'unpairedText', title: 'text alone', note: 'Sentences without pictures.' };
  const open = (spec: NonNullable<typeof text>) =>
    placeSpecFaults('data.unpairedText', spec, () => openWhole(spec, words, progress));
  return { ...pictures, unpairedText: text === null ? null : await open(text) };
}

/** Opens scenes for the attention score, as the config describes them, or composed of its emoji; they need not have been trained on. */
export async function openSceneSplits(
  { data: { source, extra } }: TrainerConfig,
  progress: Progress,
  length = 1000,
): Promise<SceneSplits> {
  const { openSceneSplits: open, scenesOf } = await samples();
  const drawn = [source, ...extra].filter(isDrawn);
  const own = drawn.find(({ kind }) => kind === 'scenes') ?? drawn[0];
  const scenes = own ? scenesOf(own) : { kind: 'scenes' as const, ...defaultDrawings };
  return open(scenes, length, openingProgress(progress));
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

/** Opens the sets that tell whether a model notices what lies outside its data: the built-in ones, if wanted, and those that the config names. */
export async function openOutlierSets(
  config: TrainerConfig,
  progress: Progress,
  withBuiltIn: boolean,
): Promise<readonly DataSplit[]> {
  const own = withBuiltIn ? await builtIn(config) : [];
  const taken = own.map(([, { name }]) => name);
  const all = [...own, ...named(config, taken)];
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
  return sets;
}
