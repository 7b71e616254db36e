import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { loadCheckpoint, loadNewestCheckpoint } from '@m3ae/checkpoint/files';
import { isInvalidInput, sentencesOf, unusable } from '@m3ae/errors';
import { fillTree, flattenTree, type NdArray, type Tree } from '@m3ae/tree';
import { type Warn, warnOnStderr } from './warn.js';

/** Parameters that pictures pass through in every method; nothing else is taken from another run. */
export const encoderPath =
  /^(clsToken|types\.encoderImage|imageEmbedding\..+|positions|inputNorm\..+|encoder\..+)$/;

/** Encoder parameters of a checkpoint, by path. */
export interface EncoderArrays {
  /** The file, for messages. */
  readonly name: string;
  readonly arrays: Readonly<Record<string, NdArray>>;
}

/**
 * Reads the encoder out of another run's checkpoint.
 *
 * @param path - A run folder, whose newest whole checkpoint is taken, or one checkpoint folder.
 * @param warn - Told of newer checkpoints that are damaged.
 * @throws InvalidInput if there is no checkpoint, or none is whole.
 */
export async function encoderOf(path: string, warn: Warn = warnOnStderr): Promise<EncoderArrays> {
  const single = existsSync(join(path, 'model.safetensors')) || existsSync(join(path, 'state.json'));
  try {
    const { folder, trees } = single
      ? { folder: path, ...(await loadCheckpoint(path)) }
      : await newest(path, warn);
    const named = Object.entries(trees.model ?? {}).filter(([name]) => encoderPath.test(name));
    return { name: join(folder, 'model.safetensors'), arrays: Object.fromEntries(named) };
  } catch (error) {
    if (isInvalidInput(error)) throw unusable(sentencesOf(error), { head: 'initialize.run', cause: error });
    throw error;
  }
}

async function newest(path: string, warn: Warn) {
  const { newest: found, damaged } = await loadNewestCheckpoint(path);
  const reasons = damaged.map(({ step, reason }) => `The checkpoint of step ${step} is damaged: ${reason}`);
  if (found === undefined) {
    const rule = 'initialize.run must be a folder with a checkpoint';
    throw unusable([
      damaged.length > 0
        ? `${rule}; received ${path}, where none is whole. ${reasons.join(' ')} Bring one back from a copy.`
        : `${rule}; received ${path}. Train one with: npx @m3ae/trainer pretrain CONFIG.`,
    ]);
  }
  reasons.forEach((reason) => warn(`${reason} The encoder is that of step ${found.step}.`));
  return found;
}

function remedyFor(path: string): string {
  if (path.startsWith('types.')) return 'Set model.useTypeEmbedding to false, as that run did.';
  if (path.startsWith('imageEmbedding.')) return 'Set image.patchSize and model.embedDim as that run did.';
  return 'Set model.size, embedDim, depth and mlpRatio as that run did.';
}

/**
 * Puts another run's encoder into fresh parameters.
 *
 * @param params - Fresh parameters of any method.
 * @param arrays - From {@link encoderOf}.
 * @throws InvalidInput with one line for each encoder parameter that is missing, extra, misshapen or not finite.
 */
export function withEncoder(
  params: Tree<NdArray>,
  arrays: Readonly<Record<string, NdArray>>,
  name: string,
): Tree<NdArray> {
  const fresh = new Map(flattenTree<NdArray>(params));
  const wanted = [...fresh.keys()].filter((path) => encoderPath.test(path));
  const faults: string[] = [];
  for (const path of wanted) {
    const { shape } = fresh.get(path)!;
    const found = arrays[path];
    if (found === undefined) {
      faults.push(`${path} must be in ${name}, shape [${shape}]; received nothing. ${remedyFor(path)}`);
    } else if (found.shape.join() !== shape.join()) {
      faults.push(
        `${path} of ${name} must have shape [${shape}]; received [${found.shape}]. ${remedyFor(path)}`,
      );
    } else if (!(found.data as Float32Array).every(Number.isFinite)) {
      faults.push(
        `${path} of ${name} must be finite; received NaN or infinity. Choose an earlier checkpoint.`,
      );
    } else {
      fresh.set(path, found);
    }
  }
  for (const path of Object.keys(arrays).filter((given) => !fresh.has(given))) {
    const remedy = path.startsWith('types.')
      ? 'Set model.useTypeEmbedding to true, as that run did.'
      : 'Set model.depth as that run did.';
    faults.push(
      `${path} of ${name} must be a parameter of this model; received one without a use. ${remedy}`,
    );
  }
  if (faults.length > 0) throw unusable(faults);
  return fillTree<NdArray>(params, fresh);
}
