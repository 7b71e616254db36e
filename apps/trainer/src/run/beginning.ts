import { join } from 'node:path';
import { InvalidInput, isInvalidInput } from '@m3ae/errors';
import { checkpointOf, type SavedPoint, type SavedVocabulary, snapshotAt } from '@m3ae/runs';
import type { Snapshot } from '@m3ae/training';
import type { NdArray, Tree } from '@m3ae/tree';
import { takeEncoder, takeWeights } from '@m3ae/weights';
import { readWeightsFile } from '@m3ae/weights/files';
import type { TrainerConfig } from '../config/schema.js';
import type { Prepared } from './prepare.js';
import { settingRules } from './rules.js';
import { warnOnStderr } from './warn.js';

/** What this program adds to a checkpoint. */
export interface SavedExtra extends SavedVocabulary {
  readonly seed: number;
}

const settingName = (name: string) => (name === 'patchSize' ? 'image.patchSize' : `model.${name}`);

const words = {
  path: 'initialize.run',
  remedy: 'Train one with: npx @m3ae/trainer pretrain CONFIG.',
  warn: warnOnStderr,
} as const;

/** Fresh parameters with the encoder of another run. */
async function withEncoder(run: string, params: Tree<NdArray>): Promise<Tree<NdArray>> {
  const { folder, trees } = await checkpointOf(run, words);
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
    if (!('weights' in initialize)) return checkpointOf(initialize.run, words);
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
  if (from !== undefined) return snapshotAt(from, fresh.state, vocabulary.mapping, settingRules.names);
  const params = await initialized(prepared, fresh.state.params);
  return { ...fresh, state: { ...fresh.state, params } };
}
