import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { makeFolder, replaceFile } from '@m3ae/checkpoint/files';
import { invalidField, listSome, unusable } from '@m3ae/errors';
import { oneOf, typedValue } from '@m3ae/errors/rules';
import { weightsOfModel } from '@m3ae/evaluation/model';
import { isWeightsPath, splitHints } from '@m3ae/runs/model';
import type { ModelWeights } from '@m3ae/weights';
import { readWeightsFile } from '@m3ae/weights/files';
import { isFolderForm, modelFiles, modelForms } from '@m3ae/weights/onnx';
import { openRun } from '../evaluation/open-run.js';

export interface ConvertCommandOptions {
  readonly to: string;
  readonly dtype: string;
  readonly set: string[];
  readonly quiet?: boolean;
}

/** The model of a file or folder of weights, with what it does not say, e.g. `model.heads=12`. */
function openForeign(path: string, changes: readonly string[]): ModelWeights {
  const { hints, rest } = splitHints(changes);
  if (rest.length > 0) {
    throw unusable([
      `--set must say what weights do not, such as model.heads; received ${rest.join(', ')}. Leave it out.`,
    ]);
  }
  return readWeightsFile(path, hints);
}

async function weightsOfRun(from: string, settings: readonly string[]): Promise<ModelWeights> {
  const { model, step } = await openRun(from, settings);
  return weightsOfModel(model, step);
}

export async function runConvert(from: string, out: string, options: ConvertCommandOptions): Promise<void> {
  const model = isWeightsPath(from) ? openForeign(from, options.set) : await weightsOfRun(from, options.set);
  const form = typedValue('--to', options.to, oneOf(modelForms));
  const dtype = typedValue('--dtype', options.dtype, oneOf(['float32', 'float16', 'bfloat16']));
  if (dtype !== 'float32' && (form === 'official' || form === 'onnx')) {
    throw invalidField('--dtype', `float32 for --to ${form}`, dtype, 'Leave it out, or write safetensors.');
  }
  const files = Object.entries(await modelFiles(model, { form, dtype, name: basename(resolve(out)) }));
  if (isFolderForm(form)) makeFolder(out);
  const paths = files.map(([file]) => (isFolderForm(form) ? join(out, file) : out));
  const replaced = paths.filter((path) => existsSync(path));
  for (const [at, [, pieces]] of files.entries()) await replaceFile(paths[at]!, pieces);
  if (options.quiet) return;
  const told = [
    ...model.notes,
    ...(replaced.length > 0 ? [`Replaced: ${listSome(replaced)}.`] : []),
    `Wrote ${listSome(paths)}.`,
  ];
  process.stdout.write(`${told.join('\n')}\n`);
}
