import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { latestCheckpoint, loadCheckpoint } from '@m3ae/checkpoint/files';
import { fillTree, flattenTree, type NdArray, type Tree } from '@m3ae/tree';
import { InputError } from '../config/config-error.js';

/** Parameters that pictures pass through in every method; nothing else is taken from another run. */
const encoderPath = /^(clsToken|types\.encoderImage|imageEmbedding\..+|encoder\..+)$/;

/** Encoder parameters of a checkpoint, by path. */
export interface EncoderArrays {
  /** The file, for messages. */
  readonly name: string;
  readonly arrays: Readonly<Record<string, NdArray>>;
}

/**
 * Reads the encoder out of another run's checkpoint.
 *
 * @param path - A run folder, whose newest checkpoint is taken, or one checkpoint folder.
 * @throws InputError if there is no checkpoint, or it is damaged.
 */
export async function encoderOf(path: string): Promise<EncoderArrays> {
  const single = existsSync(join(path, 'model.safetensors'));
  const folder = single ? path : existsSync(path) ? (await latestCheckpoint(path))?.folder : undefined;
  if (folder === undefined) {
    throw new InputError([
      `initialize.run must be a folder with a checkpoint; received ${path}. Train one with: npx @m3ae/trainer pretrain CONFIG.`,
    ]);
  }
  try {
    const { trees } = await loadCheckpoint(folder);
    const named = Object.entries(trees.model ?? {}).filter(([name]) => encoderPath.test(name));
    return { name: join(folder, 'model.safetensors'), arrays: Object.fromEntries(named) };
  } catch (error) {
    if (error instanceof RangeError) throw new InputError([`initialize.run: ${error.message}`]);
    throw error;
  }
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
 * @throws InputError with one line for each encoder parameter that is missing, extra, misshapen or not finite.
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
  if (faults.length > 0) throw new InputError(faults);
  return fillTree<NdArray>(params, fresh);
}
