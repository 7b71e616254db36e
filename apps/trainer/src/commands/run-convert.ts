import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { makeFolder, replaceFile } from '@m3ae/checkpoint/files';
import { listSome, invalidField } from '@m3ae/errors';
import { oneOf, typedValue } from '@m3ae/errors/rules';
import { weightsOfModel } from '@m3ae/evaluation/model';
import { type ModelWeights, toHuggingFace, toOfficialPickle, toSafetensors } from '@m3ae/weights';
import { toOnnxFiles } from '@m3ae/weights/onnx';
import { isWeightsPath } from '@m3ae/runs/model';
import { openForeign, openRun } from '../evaluation/open-run.js';
import type { ConvertCommandOptions } from './convert.js';

/** Files to write, by path. */
async function filesOf(
  model: ModelWeights,
  out: string,
  { to, dtype }: ConvertCommandOptions,
): Promise<(readonly [path: string, pieces: Iterable<Uint8Array>])[]> {
  const form = typedValue('--to', to, oneOf(['safetensors', 'official', 'huggingface', 'onnx']));
  const precision = typedValue('--dtype', dtype, oneOf(['float32', 'float16', 'bfloat16']));
  if (precision !== 'float32' && (form === 'official' || form === 'onnx')) {
    throw invalidField('--dtype', `float32 for --to ${form}`, dtype, 'Leave it out, or write safetensors.');
  }
  if (form === 'safetensors') return [[out, [toSafetensors(model, precision)]]];
  if (form === 'official') return [[out, toOfficialPickle(model)]];
  const name = basename(resolve(out));
  const imageSize = model.image.size ?? 16 * model.config.patchSize;
  const files =
    form === 'onnx'
      ? await toOnnxFiles(model, { imageSize })
      : toHuggingFace(model, { name, dtype: precision, imageSize });
  return Object.entries(files).map(([file, content]) => {
    return [join(out, file), [typeof content === 'string' ? new TextEncoder().encode(content) : content]];
  });
}

async function weightsOfRun(from: string, settings: readonly string[]): Promise<ModelWeights> {
  const { model, step } = await openRun(from, settings);
  return weightsOfModel(model, step);
}

/** Runs `m3ae convert`. */
export async function runConvert(from: string, out: string, options: ConvertCommandOptions): Promise<void> {
  const model = isWeightsPath(from) ? openForeign(from, options.set) : await weightsOfRun(from, options.set);
  const files = await filesOf(model, out, options);
  if (options.to === 'huggingface' || options.to === 'onnx') makeFolder(out);
  const replaced = files.map(([path]) => path).filter((path) => existsSync(path));
  for (const [path, pieces] of files) await replaceFile(path, pieces);
  if (options.quiet) return;
  const told = [
    ...model.notes,
    ...(replaced.length > 0 ? [`Replaced: ${listSome(replaced)}.`] : []),
    `Wrote ${listSome(files.map(([path]) => path))}.`,
  ];
  process.stdout.write(`${told.join('\n')}\n`);
}
