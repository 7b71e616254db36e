import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { digestJson, loadCheckpoint, loadNewestCheckpoint } from '@m3ae/checkpoint/files';
import { InvalidInput, isInvalidInput, invalidField } from '@m3ae/errors';
import type { VocabularyMapping } from '@m3ae/preprocess';
import { type SavedPoint, type SavedState, stateOf } from '@m3ae/runs';
import { fromCheckpoint, type Snapshot, type TrainState } from '@m3ae/training';
import type { NdArray, Tree } from '@m3ae/tree';
import { takeEncoder, takeWeights } from '@m3ae/weights';
import { readWeightsFile } from '@m3ae/weights/files';
import type { TrainerConfig } from '../config/schema.js';
import type { Prepared } from './prepare.js';
import { warnOnStderr } from './warn.js';

/** What this program adds to a checkpoint. */
export interface SavedExtra {
  readonly seed: number;
  readonly vocabulary: VocabularyMapping | null;
}

/** What a checkpoint of this program holds beside tensors. */
const savedStateOf = (point: SavedPoint): SavedState<TrainerConfig, SavedExtra> => stateOf(point);

/**
 * Where a run stood at a checkpoint.
 *
 * @param fresh - State of the right shapes.
 * @param vocabulary - The word pieces that the data give now.
 * @throws InvalidInput if a tensor is missing, extra, misshapen or not finite, or the word pieces are others.
 */
function snapshotAt(point: SavedPoint, fresh: TrainState, vocabulary: VocabularyMapping | null): Snapshot {
  const { folder } = point;
  if (digestJson(savedStateOf(point).vocabulary) !== digestJson(vocabulary)) {
    throw invalidField(
      `The word pieces of ${folder}`,
      'those that the captions give',
      'others',
      'Give back the captions that the run began with, or start another run with --out.',
    );
  }
  return fromCheckpoint(point, fresh, folder);
}

const settingName = (name: string) => (name === 'patchSize' ? 'image.patchSize' : `model.${name}`);

/** The newest checkpoint of another run that is whole; newer ones that are damaged are told. */
async function newestOf(run: string) {
  const { newest, damaged } = await loadNewestCheckpoint(run);
  const reasons = damaged.map(({ step, reason }) => `The checkpoint of step ${step} is damaged: ${reason}`);
  if (newest === undefined) {
    const rule = `a folder with a checkpoint${damaged.length > 0 ? ' that is whole' : ''}`;
    const remedy = 'Train one with: npx @m3ae/trainer pretrain CONFIG.';
    const mend = [...reasons, 'Bring one back from a copy.'].join(' ');
    throw invalidField('initialize.run', rule, run, damaged.length > 0 ? mend : remedy);
  }
  reasons.forEach((reason) => warnOnStderr(`${reason} The encoder is that of step ${newest.step}.`));
  return newest;
}

/** A checkpoint of another run, whose folder or checkpoint folder is named. */
async function checkpointOf(run: string) {
  const single = existsSync(join(run, 'model.safetensors')) || existsSync(join(run, 'state.json'));
  return single ? { folder: run, ...(await loadCheckpoint(run)) } : newestOf(run);
}

/** Fresh parameters with the encoder of another run. */
async function withEncoder(run: string, params: Tree<NdArray>): Promise<Tree<NdArray>> {
  const { folder, trees } = await checkpointOf(run);
  return takeEncoder(params, trees.model ?? {}, { name: join(folder, 'model.safetensors'), settingName });
}

/** Fresh parameters with what fits of weights that others trained. */
export function withWeights(
  { config, stepConfig, vocabulary }: Pick<Prepared, 'config' | 'stepConfig' | 'vocabulary'>,
  { weights, ...hints }: { readonly weights: string },
  params: Tree<NdArray>,
): Tree<NdArray> {
  const pieces = vocabulary.tokenizer.vocabulary;
  const taker = { kind: config.method, model: stepConfig.model, pieces, name: weights, settingName };
  return takeWeights(params, readWeightsFile(weights, hints), taker);
}

/** Runs `begin`; its faults say which setting they are of. */
async function underInitialize<Result>(
  initialize: object,
  begin: () => Result | Promise<Result>,
): Promise<Result> {
  try {
    return await begin();
  } catch (error) {
    if (!isInvalidInput(error)) throw error;
    const head = `initialize.${'weights' in initialize ? 'weights' : 'run'}`;
    throw new InvalidInput(error.faults, { head, cause: error });
  }
}

/** The first parameters that a config asks for. */
async function initialized(prepared: Prepared, params: Tree<NdArray>): Promise<Tree<NdArray>> {
  const { initialize } = prepared.config;
  if (initialize === null) return params;
  return underInitialize(initialize, () =>
    'weights' in initialize ? withWeights(prepared, initialize, params) : withEncoder(initialize.run, params),
  );
}

/**
 * Reads what a config begins with, to see that it is there and whole.
 *
 * @throws InvalidInput if it is not.
 */
export async function checkInitialize({ initialize }: TrainerConfig): Promise<void> {
  if (initialize === null) return;
  await underInitialize<unknown>(initialize, () => {
    if (!('weights' in initialize)) return checkpointOf(initialize.run);
    const { weights, ...hints } = initialize;
    return readWeightsFile(weights, hints);
  });
}

/**
 * Where a run begins: at a checkpoint of its own where it is resumed, else at fresh parameters, the encoder's perhaps
 * those of another run.
 *
 * @throws InvalidInput if a checkpoint does not fit.
 */
export async function beginningOf(prepared: Prepared, from: SavedPoint | undefined): Promise<Snapshot> {
  const { step, streams, vocabulary } = prepared;
  const fresh = step.init(streams.parameters);
  if (from !== undefined) return snapshotAt(from, fresh.state, vocabulary.mapping);
  const params = await initialized(prepared, fresh.state.params);
  return { ...fresh, state: { ...fresh.state, params } };
}
