import type { Loader } from '@m3ae/datasets';
import { rmSync } from 'node:fs';
import { type Encoded, evaluate } from '../evaluation/evaluate.js';
import { createEncoder, partFeatures } from '../evaluation/features.js';
import type { EvaluationResult } from '../evaluation/types.js';
import { createGallery } from '../report/gallery.js';
import { reportPage } from '../report/page.js';
import { reportData } from '../report/report-data.js';
import { engineOf } from './engine.js';
import { evaluationLoader } from './loaders.js';
import type { Part } from './parts.js';
import type { Prepared } from './prepare.js';
import type { PretrainResult } from './pretrain.js';
import { duration, type Progress } from './progress.js';
import { runPaths, writeJson, writeWhole } from './run-folder.js';
import { wallClock } from './clock.js';
import type { NdArray, Tree } from '@m3ae/tree';

/** Why a run has no evaluation, or null where it has one. */
function evaluationNote({ config, sources }: Prepared): string | null {
  if (!config.evaluation.enabled) return 'The evaluation was switched off in the config.';
  if (sources.train.dataset.labels === undefined) {
    return 'The pictures have no classes, so nothing was classified. Give them with data.source.labels.';
  }
  if (sources.validation === null || sources.tests.length === 0)
    return 'No pictures were kept apart to measure on.';
  return null;
}

/** At most `limit` of some indices, evenly spread. */
function spread(indices: Int32Array, limit: number): Int32Array {
  if (indices.length <= limit) return indices;
  return Int32Array.from({ length: limit }, (_, at) => indices[Math.floor((at * indices.length) / limit)]!);
}

async function measure(
  prepared: Prepared,
  params: Tree<NdArray>,
  progress: Progress,
): Promise<EvaluationResult> {
  const { config, sources, stepConfig, streams } = prepared;
  const engine = engineOf(config);
  const encoder = createEncoder(config.method, stepConfig.model, params, engine);
  const limited = {
    ...sources.train,
    indices: spread(sources.train.indices, config.evaluation.maxTrainExamples),
  };
  const parts = [limited, sources.validation!, ...sources.tests];
  const encoded: Encoded[] = [];
  for (const [number, part] of parts.entries()) {
    progress.part('Encoding pictures', number, parts.length);
    const loader = evaluationLoader(part, streams.validation, prepared);
    const features = await partFeatures(encoder, {
      loader,
      indices: part.indices,
      batchSize: Math.min(config.evaluation.batchSize, part.indices.length),
      patchSize: config.image.patchSize,
      channels: stepConfig.model.channels,
    });
    await loader.close();
    encoded.push({ part, features });
  }
  await encoder.dispose();
  progress.part('Encoding pictures', parts.length, parts.length);
  const [train, validation, ...tests] = encoded;
  return evaluate({ train: train!, validation: validation!, tests }, config.evaluation, engine);
}

async function galleryOf(prepared: Prepared, params: Tree<NdArray>) {
  const { config, sources, stepConfig, streams } = prepared;
  const parts: Part[] = sources.tests.length > 0 ? [...sources.tests] : [sources.validation ?? sources.train];
  const opened: { part: Part; loader: Loader }[] = parts.map((part) => ({
    part,
    loader: evaluationLoader(part, streams.gallery, prepared),
  }));
  const gallery = await createGallery({
    ...prepared,
    config,
    model: stepConfig.model,
    params,
    engine: engineOf(config),
    sources: opened,
  });
  await Promise.all(opened.map(({ loader }) => loader.close()));
  return gallery;
}

/** Evaluates a trained run and writes report.html. */
export async function finish(
  prepared: Prepared,
  result: PretrainResult,
  { folder, progress }: { readonly folder: string; readonly progress: Progress },
): Promise<void> {
  const { config } = prepared;
  const paths = runPaths(folder);
  const params = result.standing.state.params as Tree<NdArray>;
  const started = wallClock();
  rmSync(paths.finished, { force: true });
  const note = evaluationNote(prepared);
  const evaluation = note === null ? await measure(prepared, params, progress) : null;
  writeJson(paths.evaluation, evaluation);
  if (config.report.enabled) {
    const gallery = config.image ? await galleryOf(prepared, params) : null;
    const data = reportData({ prepared, result, folder, gallery, evaluation, evaluationNote: note });
    writeWhole(paths.report, await reportPage(data));
  }
  writeJson(paths.finished, {
    step: result.standing.counters.step,
    nonFiniteSteps: result.standing.counters.nonFinite,
    skippedFiles: result.skipped,
    trainingSeconds: Math.round(result.seconds),
    reportSeconds: Math.round(wallClock() - started),
  });
  progress.say(`Evaluated and reported in ${duration(wallClock() - started)}.`);
}
