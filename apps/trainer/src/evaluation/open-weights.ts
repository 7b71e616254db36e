import { existsSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { unusable } from '@m3ae/errors';
import { openWeightsModel } from '@m3ae/evaluation/model';
import type { Warn } from '@m3ae/runs';
import type { ModelWeights } from '@m3ae/weights';
import { readWeightsFile, type ReadWeightsFileOptions } from '@m3ae/weights/files';
import { layoutOf } from '@m3ae/runs/model';
import { applyOverrides } from '../config/overrides.js';
import { resolveConfig } from '../config/resolve.js';
import type { TrainerConfig } from '../config/schema.js';
import { versions } from '../run/versions.js';
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
 * @param warn - Told what was taken for granted.
 * @throws InvalidInput if the file cannot be read, or the model is not known.
 */
export function openWeights(path: string, changes: readonly string[], warn: Warn): OpenedRun {
  const { hints, rest } = splitHints(changes);
  const weights = readWeightsFile(path, hints);
  const config = configFor(weights, rest);
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
      versions: versions(),
    },
    config,
    model: { ...model, image: layoutOf(config, { mean, std }) },
    foreign: true,
  };
}
