import { matchTree } from '@m3ae/checkpoint';
import { createTokenizerOf } from '@m3ae/datasets';
import { faultOf, invalidField, isRecord, listSome, requireOptions, throwFaults } from '@m3ae/errors';
import type { ModelOfKind, OpenedModel } from '@m3ae/evaluation/model';
import type { PatchLayout } from '@m3ae/evaluation/reconstruction';
import type { ChannelStatistics, VocabularyMapping } from '@m3ae/preprocess';
import { methodTraits, modelOf, type ModelSettings, shapesOf } from '@m3ae/tasks';
import type { ModelConfig } from '@m3ae/transformer';
import { mapTree, type NdArray, type Tree } from '@m3ae/tree';
import { findRun, type FoundRun, type RecordRules, weightsOf } from './saved-run.js';
import type { RunRecord } from './run-folder.js';
import { lineFaults } from './run-logs.js';
import { stateOf } from './saved-state.js';

/** What of a run's config says what its model is and how its pictures are prepared; configs of `m3ae` do. */
export interface RunSettings extends ModelSettings {
  readonly loss: { readonly normalizeTargets: boolean };
}

/** What a model has that no config tells. */
export interface RunModelFacts {
  /** What messages call it. */
  readonly name: string;
  /** SHA-256 of the parameters' file; anything where no features are kept. */
  readonly weights: string;
  /** From `modelOf` of the tasks package. */
  readonly model: ModelConfig;
  /** Those of the config's method. */
  readonly params: Tree<NdArray>;
  /** Ids of the word pieces that it knows; null where it knows all of bert-base-uncased. */
  readonly vocabulary: VocabularyMapping | null;
  readonly statistics: ChannelStatistics;
}

/** Layout of the patches that a run's model sees, and rebuilds where it rebuilds pictures. */
export function layoutOf(
  { image: { size, patchSize }, loss }: Pick<RunSettings, 'image' | 'loss'>,
  { mean, std }: ChannelStatistics,
): PatchLayout {
  return { size, patchSize, mean, std, normalizeTargets: loss.normalizeTargets };
}

/** The model of a run as evaluations take it. */
export function modelOfRun(
  config: RunSettings,
  { name, weights, model, params, vocabulary, statistics }: RunModelFacts,
): OpenedModel {
  const { method, text } = config;
  const tokenizer = vocabulary ?? 'bert';
  return {
    ...({ kind: method, config: model, params } as ModelOfKind), // all three are of the method
    name,
    weights,
    image: layoutOf(config, statistics),
    ...(methodTraits(method).readsText && {
      text: { maxLength: text.maxLength, tokenizer, words: createTokenizerOf(tokenizer) },
    }),
  };
}

/** Options of {@link openRunModel}. */
export interface OpenRunModelOptions<Config extends RunSettings> {
  /** What the config means today, perhaps with changes. Default: as it stands in the checkpoint. */
  readonly configOf?: (record: RunRecord<Config>) => Config;
  /** How config.json may differ from what a checkpoint remembers of it. Default: as it likes. */
  readonly rules?: RecordRules<Config>;
  /** Told what is damaged and passed over: a newer checkpoint, config.json, lines of the logs. */
  readonly warn?: (text: string) => void;
}

/** A run, and its model. */
export interface OpenedRunModel<Config = RunSettings> extends Pick<FoundRun<Config>, 'folder' | 'record'> {
  /** The checkpoint's folder. */
  readonly checkpoint: string;
  /** Finished updates. */
  readonly step: number;
  readonly config: Config;
  /** As `@m3ae/evaluation/model` takes it. One that predicts codes makes no pictures: give it `patchesOf` for that. */
  readonly model: OpenedModel;
}

/** @throws InvalidInput for the config of another program, and for data of which nothing is known. */
function requireSettings(config: unknown, data: unknown, folder: string): void {
  const settings = isRecord(config) ? config : {};
  const lacking = ['image', 'text', 'model', 'loss'].filter((name) => !isRecord(settings[name]));
  if (typeof settings.method !== 'string') lacking.unshift('method');
  const isKnown = (values: unknown) => Array.isArray(values) && values.length === 3;
  throwFaults([
    lacking.length > 0 &&
      faultOf(
        `The config of ${folder}`,
        'one that tells its model as configs of m3ae do',
        `one without ${lacking.join(', ')}`,
        'Give configOf.',
      ),
    !(isRecord(data) && isKnown(data.mean) && isKnown(data.std)) &&
      faultOf(
        `The data of ${folder}`,
        'told with mean and std of three channels',
        'others',
        'Bring config.json back from a copy.',
      ),
  ]);
}

/**
 * Opens the trained model of a run folder, ready for evaluations: weights, sizes, preparation of pictures, word pieces.
 *
 * @param path - A run folder, whose newest whole checkpoint is taken, or one checkpoint folder in it.
 * @throws InvalidInput if there is no whole checkpoint, its config is of another program, its tensors are not those of the config, or an
 * option is unknown.
 *
 * @example
 * ```ts
 * const { model } = await openRunModel('runs/my-run');
 * const encoder = createExampleEncoder(model, { runner: createRunner() });
 * const { mean, dim } = await encoder.encode(['cat.jpg', 'dog.jpg']); // mean: [2, dim]
 * ```
 */
export async function openRunModel<Config extends RunSettings = RunSettings>(
  path: string,
  options: OpenRunModelOptions<Config> = {},
): Promise<OpenedRunModel<Config>> {
  requireOptions(options, ['configOf', 'rules', 'warn'], 'Leave them out to open a run as it is.');
  const { configOf, rules, warn = () => {} } = options;
  const { folder, point, record: found, warnings } = await findRun<Config>(path, rules);
  const { lines, record: saved, vocabulary } = stateOf<Config, SavedVocabulary>(point);
  const record = rules === undefined ? (saved ?? found) : found;
  const config = configOf === undefined ? record.config : configOf(record);
  requireSettings(config, record.data, folder);
  const faults = lineFaults(folder, lines).map((fault) => `${fault} The curves of the report lack them.`);
  [...warnings, ...faults].forEach(warn);
  const model = modelOf(config, record.data);
  const like = mapTree(shapesOf(config.method, model), ({ shape }) => ({ shape, data: new Float32Array() }));
  const params = matchTree(like, point.trees.model!, { name: `${point.folder}/model.safetensors` });
  const facts = { model, params, vocabulary: vocabulary ?? null, statistics: record.data };
  return {
    folder,
    checkpoint: point.folder,
    step: point.step,
    record,
    config,
    model: modelOfRun(config, { ...facts, name: folder, weights: await weightsOf(point.folder) }),
  };
}

/**
 * Refuses a supervised model on other classes than it was trained on: its head numbers them, and a class that came or
 * went gives every later one another number.
 *
 * @param found - Names of the classes of the pictures, in the order of their labels, where they have any.
 * @throws InvalidInput naming what came and what went; a run of an earlier version has no names to compare.
 */
export function refuseOtherClasses(
  {
    model: { kind },
    record: { classNames: trained },
  }: {
    readonly model: Pick<OpenedModel, 'kind'>;
    readonly record: Pick<RunRecord, 'classNames'>;
  },
  found: readonly string[] | undefined,
): void {
  if (kind !== 'supervised' || trained === undefined || found === undefined) return;
  if (JSON.stringify(found) === JSON.stringify(trained)) return;
  const come = found.filter((name) => !trained.includes(name));
  const gone = trained.filter((name) => !found.includes(name));
  throw invalidField(
    'The classes of the pictures',
    `the ${trained.length} that the model was trained on`,
    `${found.length} (new: ${listSome(come, 5) || 'none'}; gone: ${listSome(gone, 5) || 'none'})`,
    'Restore them, or train a model on these.',
  );
}

/** What a run of `m3ae` saves beside a snapshot. */
interface SavedVocabulary {
  readonly vocabulary?: VocabularyMapping | null;
}
