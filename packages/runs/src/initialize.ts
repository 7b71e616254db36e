import { join } from 'node:path';
import { InvalidInput, isInvalidInput } from '@m3ae/errors';
import type { NdArray, Tree } from '@m3ae/tree';
import { takeEncoder, takeWeights, type WeightsTaker } from '@m3ae/weights';
import { readWeightsFile, type ReadWeightsFileOptions } from '@m3ae/weights/files';
import { checkpointOf, type CheckpointWords } from './train/beginning.js';

/** The section `initialize` of a config: the encoder of another run, or all that fits of others' weights and what their file does not say. */
export type InitializeSettings =
  { readonly run: string } | ({ readonly weights: string } & ReadWeightsFileOptions);

/** What is said in messages about a run that gives its encoder. */
export type InitializeWords = Omit<CheckpointWords, 'path'>;

/** The model that shall begin with weights. */
export type InitializedModel = Pick<WeightsTaker, 'kind' | 'model' | 'pieces'>;

const settingName = (name: string) => (name === 'patchSize' ? 'image.patchSize' : `model.${name}`);

const path = 'initialize.run';

/** Runs `begin`; its faults say which setting they are of. */
async function underInitialize<Result>(
  initialize: InitializeSettings,
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

/**
 * The first parameters that a config asks for: fresh ones with the encoder of another run, or with what fits of others' weights.
 *
 * @param params - Fresh ones of the model.
 * @param initialize - Null for `params` as they are.
 * @throws InvalidInput below `initialize` if there is no whole checkpoint, or weights do not fit.
 *
 * @example
 * ```ts
 * const taker = { kind: 'm3ae', model, pieces: tokenizer.vocabulary } as const;
 * const params = await initialParams(task.init(key(0)), { run: 'runs/emoji-tiny' }, taker, { warn: console.warn });
 * ```
 */
export async function initialParams(
  params: Tree<NdArray>,
  initialize: InitializeSettings | null,
  taker: InitializedModel,
  words: InitializeWords,
): Promise<Tree<NdArray>> {
  if (initialize === null) return params;
  return underInitialize(initialize, async () => {
    if ('weights' in initialize) {
      const { weights: name, ...hints } = initialize;
      return takeWeights(params, readWeightsFile(name, hints), { ...taker, name, settingName });
    }
    const { folder, trees } = await checkpointOf(initialize.run, { ...words, path });
    return takeEncoder(params, trees.model ?? {}, { name: join(folder, 'model.safetensors'), settingName });
  });
}

/**
 * Reads what a config begins with, to see that it is there and whole.
 *
 * @param initialize - Null for nothing to read.
 * @throws InvalidInput below `initialize` if it is not.
 */
export async function checkInitialize(
  initialize: InitializeSettings | null,
  words: InitializeWords,
): Promise<void> {
  if (initialize === null) return;
  await underInitialize<unknown>(initialize, () => {
    if (!('weights' in initialize)) return checkpointOf(initialize.run, { ...words, path });
    const { weights, ...hints } = initialize;
    return readWeightsFile(weights, hints);
  });
}
