import { existsSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { openWeightsModel } from '@m3ae/evaluation/model';
import type { ModelWeights } from '@m3ae/weights';
import { readWeightsFile, type ReadWeightsFileOptions } from '@m3ae/weights/files';
import { layoutOf, type OpenedRunModel, type RunSettings } from './run-model.js';
import type { RunRecord, Warn } from './run-folder.js';

/** Whether a path is that of weights that no run saved: a file, or a folder as the Hugging Face hub keeps models. */
export function isWeightsPath(path: string): boolean {
  if (!existsSync(path)) return false;
  if (statSync(path).isFile()) return true;
  if (/^step-\d{8,}$/.test(basename(resolve(path)))) return false; // a checkpoint, perhaps a damaged one
  const isRun = ['checkpoints', 'state.json', 'metrics.jsonl'].some((name) => existsSync(join(path, name)));
  const names = [
    'model.safetensors',
    'open_clip_model.safetensors',
    'pytorch_model.bin',
    'open_clip_pytorch_model.bin',
  ];
  return !isRun && names.some((name) => existsSync(join(path, name)));
}

const hintNames: Readonly<Record<string, keyof ReadWeightsFileOptions>> = {
  'model.heads': 'heads',
  'model.decoderHeads': 'decoderHeads',
  'model.clip.textHeads': 'textHeads',
  'model.gelu': 'gelu',
  'text.vocabulary': 'tokenizer',
};

/**
 * Changes of a config, `path=value` each, that say what a file of weights does not, and those that are left.
 *
 * @example
 * ```ts
 * splitHints(['model.heads=12', 'train.threads=1']); // { hints: { heads: 12 }, rest: ['train.threads=1'] }
 * ```
 */
export function splitHints(changes: readonly string[]): {
  readonly hints: ReadWeightsFileOptions;
  readonly rest: string[];
} {
  const hints: Record<string, unknown> = {};
  const rest = changes.filter((change) => {
    const [path, value] = [change.slice(0, change.indexOf('=')), change.slice(change.indexOf('=') + 1)];
    const hint = hintNames[path];
    if (hint !== undefined) hints[hint] = hint === 'gelu' || hint === 'tokenizer' ? value : Number(value);
    return hint === undefined;
  });
  return { hints, rest };
}

/** Options of {@link openWeightsRun}. */
export interface OpenWeightsRunOptions<Config extends RunSettings> {
  /** The config that the model is evaluated by. */
  readonly configOf: (weights: ModelWeights) => Config;
  /** What the file does not say. */
  readonly hints?: ReadWeightsFileOptions;
  /** Of what its results depend on, for their records. */
  readonly versions?: RunRecord['versions'];
  /** Told what was taken for granted. */
  readonly warn?: Warn;
}

/**
 * Opens a model that others trained as if a run had, for evaluations. Results are kept in `PATH.results`.
 *
 * @param path - A file or folder of weights, as `readWeightsFile` of `@m3ae/weights/files` takes it.
 * @throws InvalidInput if it cannot be read, or the model is not known.
 */
export function openWeightsRun<Config extends RunSettings>(
  path: string,
  { configOf, hints, versions = {}, warn = () => {} }: OpenWeightsRunOptions<Config>,
): OpenedRunModel<Config> {
  const weights = readWeightsFile(path, hints);
  const config = configOf(weights);
  weights.notes.forEach(warn);
  const { mean, std } = weights.image;
  const folder = `${path.replace(/[/\\]+$/, '')}.results`;
  const { image, text } = config;
  const model = openWeightsModel(weights, { name: folder, size: image.size, maxLength: text.maxLength });
  const { vocabSize } = weights.config;
  return {
    folder,
    checkpoint: path,
    step: weights.step ?? 0,
    record: {
      config,
      data: { vocabSize, trainLength: 0, fingerprints: {}, mean, std },
      versions,
    },
    config,
    model: { ...model, image: layoutOf(config, { mean, std }) },
  };
}
