import { existsSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { digestTrees } from '@m3ae/checkpoint/files';
import { unusable } from '@m3ae/errors';
import { createTokenizer } from '@m3ae/preprocess';
import { createClipTokenizer } from '@m3ae/preprocess/clip';
import type { NdArray, Tree } from '@m3ae/tree';
import { type ModelWeights, resizePositions } from '@m3ae/weights';
import { readWeightsFile, type ReadWeightsFileOptions } from '@m3ae/weights/files';
import { applyOverrides } from '../config/overrides.js';
import { resolveConfig } from '../config/resolve.js';
import type { TrainerConfig } from '../config/schema.js';
import { versions } from '../run/versions.js';
import { savedVocabulary, type Vocabulary } from '../run/vocabulary.js';
import type { OpenedRun } from './open-run.js';

/** Whether a path is that of weights that no run of ours saved: a file, or a folder as the Hugging Face hub keeps models. */
export function isWeights(path: string): boolean {
  if (!existsSync(path)) return false;
  if (statSync(path).isFile()) return true;
  if (/^step-\d{8,}$/.test(basename(resolve(path)))) return false; // a checkpoint, perhaps a damaged one
  const isOurs = ['checkpoints', 'state.json', 'metrics.jsonl'].some((name) => existsSync(join(path, name)));
  const names = [
    'model.safetensors',
    'open_clip_model.safetensors',
    'pytorch_model.bin',
    'open_clip_pytorch_model.bin',
  ];
  return !isOurs && names.some((name) => existsSync(join(path, name)));
}

/** Changes of a config that say what a file of weights does not, and those that are left. */
function splitHints(changes: readonly string[]): {
  readonly hints: ReadWeightsFileOptions;
  readonly rest: string[];
} {
  const known: Readonly<Record<string, keyof ReadWeightsFileOptions>> = {
    'model.heads': 'heads',
    'model.decoderHeads': 'decoderHeads',
    'model.clip.textHeads': 'textHeads',
    'model.gelu': 'gelu',
    'text.vocabulary': 'tokenizer',
  };
  const hints: Record<string, unknown> = {};
  const rest = changes.filter((change) => {
    const [path, value] = [change.slice(0, change.indexOf('=')), change.slice(change.indexOf('=') + 1)];
    const hint = known[path];
    if (hint !== undefined) hints[hint] = hint === 'gelu' || hint === 'tokenizer' ? value : Number(value);
    return hint === undefined;
  });
  return { hints, rest };
}

const methods = { m3ae: 'm3ae', mae: 'mae', encoder: 'mae', clip: 'clip' } as const;

/** The config that evaluates weights: their own preparation of pictures, and emoji unless other data are named. */
function configFor(weights: ModelWeights, changes: readonly string[]): TrainerConfig {
  const { kind, config, image } = weights;
  const { patchSize } = config;
  const tower = kind === 'clip' ? weights.config.textTower : undefined;
  const side = image.size ?? 16 * patchSize;
  const base = {
    method: methods[kind],
    data: { source: { kind: 'emoji' } },
    image: {
      size: side,
      patchSize,
      crop: { kind: 'center' },
      flip: 0,
      mean: [...image.mean],
      std: [...image.std],
    },
    ...(tower && { text: { maxLength: tower.length } }),
    model: { embedDim: config.embedDim, depth: config.depth, heads: config.heads },
    train: { steps: 1 },
  };
  return resolveConfig(applyOverrides(base, changes));
}

/** The model for pictures of the config's size: learned positions interpolated where the weights have them for another. */
function fitted(
  { config: model, params }: ModelWeights,
  { image }: TrainerConfig,
): Pick<OpenedRun, 'model' | 'params'> {
  const tree = params as Tree<NdArray> & { readonly positions?: NdArray };
  const side = image.size / image.patchSize;
  const { learnedPositions: grid } = model;
  if (grid === undefined || tree.positions === undefined || (grid[0] === side && grid[1] === side)) {
    return { model, params: tree };
  }
  const positions = resizePositions(tree.positions, grid, [side, side]);
  return { model: { ...model, learnedPositions: [side, side] }, params: { ...tree, positions } };
}

/** Why words cannot be read by a model that has a place for them; nothing where they can. */
function wordless({ kind, config, vocabulary, bytePairs }: ModelWeights): string | undefined {
  if (kind === 'clip' && vocabulary === undefined && bytePairs === undefined)
    return 'no tokenizer lies in its folder. Name one: --set text.vocabulary=bpe_simple_vocab_16e6.txt.gz';
  const size = vocabulary?.length ?? createTokenizer().vocabSize;
  if (kind === 'm3ae' && config.vocabSize !== size)
    return `its ${config.vocabSize} word pieces are not known. Choose another model`;
  return undefined;
}

/** What reads texts for a model, as far as it is known. */
function vocabularyOf({ vocabulary: pieces, bytePairs }: ModelWeights): Vocabulary {
  if (bytePairs) return { tokenizer: createClipTokenizer(bytePairs), mapping: null, bytePairs };
  return savedVocabulary(
    pieces === undefined ? null : { fullSize: pieces.length, ids: [...pieces.keys()], pieces },
  );
}

/**
 * The model of a file or folder of weights.
 *
 * @param changes - What it does not say, `path=value` each, e.g. `model.heads=12`.
 * @throws InvalidInput if it cannot be read, or another setting is named.
 */
export function openForeign(path: string, changes: readonly string[]): ModelWeights {
  const { hints, rest } = splitHints(changes);
  if (rest.length > 0) {
    throw unusable([
      `--set must say what weights do not, such as model.heads; received ${rest.join(', ')}. Leave it out.`,
    ]);
  }
  return readWeightsFile(path, hints);
}

/**
 * Opens a model that others trained, as an evaluation takes a run. Results are kept in `PATH.results`.
 *
 * @param changes - Settings for this evaluation, `path=value` each: other data, heads that the file does not say.
 * @throws InvalidInput if the file cannot be read, or the model is not known.
 */
export function openWeights(path: string, changes: readonly string[]): OpenedRun {
  const { hints, rest } = splitHints(changes);
  const weights = readWeightsFile(path, hints);
  const config = configFor(weights, rest);
  const { mean, std } = weights.image;
  const { model, params } = fitted(weights, config);
  const reason = wordless(weights);
  const { vocabSize } = weights.config;
  return {
    folder: `${path.replace(/[/\\]+$/, '')}.results`,
    checkpoint: path,
    step: weights.step ?? 0,
    weights: digestTrees({ model: params }),
    record: {
      config,
      data: { vocabSize, trainLength: 0, fingerprints: {}, mean, std },
      versions: versions(),
    },
    config,
    model,
    params,
    vocabulary: vocabularyOf(weights),
    statistics: { mean, std },
    foreign: {
      notes: weights.notes,
      hasDecoder: weights.kind === 'm3ae' || weights.kind === 'mae',
      ...(reason !== undefined && { wordless: reason }),
    },
  };
}
