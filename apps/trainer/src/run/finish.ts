import type { NdArray, Tree } from '@m3ae/tree';
import { rmSync } from 'node:fs';
import { featureNames, neighborEvaluator, probeEvaluator } from '@m3ae/evaluation/probe';
import { weakerPenaltyHint } from '../commands/lines.js';
import { encodeLabelled } from '../evaluation/encode-parts.js';
import {
  type EvaluatedRun,
  evaluatedRun,
  evaluationsFolder,
  recordEvaluation,
} from '../evaluation/envelope.js';
import { classificationFault } from '../evaluation/labelled-parts.js';
import { weightsOf } from '../evaluation/open-run.js';
import { rebuildGallery } from '../evaluation/rebuild.js';
import { reportFacts, writeFacts } from '../report/facts.js';
import { refreshReport } from '../report/refresh.js';
import { listCheckpoints } from '@m3ae/checkpoint/files';
import { duration } from '@m3ae/report';
import { wallClock } from './clock.js';
import { fittingEngineOf } from './engine.js';
import { finalLosses, summedRate, tellFinalLosses } from './learning-check.js';
import type { Prepared } from './prepare.js';
import type { PretrainResult } from './pretrain.js';
import { type Progress } from './progress.js';
import { runPaths } from './run-folder.js';
import { writeSealed } from './whole-files.js';

/** Why a run has no evaluation, or null where it has one. */
function evaluationNote({ config, sources }: Prepared): string | null {
  if (!config.evaluation.enabled) return 'The evaluation was switched off in the config.';
  if (sources.labelled === null) {
    return 'The pictures have no classes, so nothing was classified. Give them with data.source.labels.';
  }
  if (sources.validation === null || sources.tests.length === 0)
    return 'No pictures were kept apart to measure on.';
  return classificationFault(sources) ?? null;
}

/** What the parts of the end of a run share. */
interface Ending {
  readonly prepared: Prepared;
  readonly params: Tree<NdArray>;
  readonly run: EvaluatedRun;
  readonly progress: Progress;
}

/** Linear probe and nearest neighbors, as the commands of these names measure them. */
async function measure({ prepared, params, run, progress }: Ending): Promise<void> {
  const { config, sources, stepConfig } = prepared;
  const { strengths, neighbors, maxTrainExamples } = config.evaluation;
  const encodable = { ...prepared, folder: null, weights: run.weights, model: stepConfig.model, params };
  const given = await encodeLabelled(encodable, sources, featureNames, progress);
  const common = (title: string) => ({
    features: featureNames,
    runner: fittingEngineOf(config),
    onProgress: (done: number, total: number) => progress.part(title, done, total),
  });
  const folder = evaluationsFolder(run.folder);
  const started = wallClock();
  const probed = await probeEvaluator({ ...common('Linear probe'), strengths }).run(given);
  const settings = { features: featureNames, maxTrainExamples };
  recordEvaluation('probe', folder, run, { ...settings, strengths }, probed, wallClock() - started);
  weakerPenaltyHint(probed, strengths, run.folder).forEach((hint) => progress.say(hint));
  const between = wallClock();
  const voted = await neighborEvaluator({ ...common('Nearest neighbors'), counts: neighbors }).run(given);
  recordEvaluation('knn', folder, run, { ...settings, neighbors }, voted, wallClock() - between);
}

/** Hides and rebuilds some unseen examples, as `m3ae reconstruct` does. */
async function rebuild({ prepared, params, run }: Ending): Promise<void> {
  const { config, sources, stepConfig } = prepared;
  const started = wallClock();
  const place = { folder: evaluationsFolder(run.folder), prefix: '' };
  const gallery = await rebuildGallery({ ...prepared, model: stepConfig.model, params }, sources, place);
  if (gallery === null) return;
  const { examples, maskRatio, textMaskRatio } = config.report;
  recordEvaluation(
    'reconstruct',
    place.folder,
    run,
    { examples, maskRatio, textMaskRatio },
    gallery,
    wallClock() - started,
  );
}

/** Evaluates a trained run and writes report.html. */
export async function finish(
  prepared: Prepared,
  result: PretrainResult,
  { folder, progress }: { readonly folder: string; readonly progress: Progress },
): Promise<void> {
  const { config, sources, stepConfig } = prepared;
  const paths = runPaths(folder);
  const { step, nonFinite } = result.snapshot;
  const { params } = result.snapshot.state;
  const started = wallClock();
  rmSync(paths.finished, { force: true });
  const own = (await listCheckpoints(folder)).find((entry) => entry.step === step);
  const weights = await weightsOf(own!.folder);
  const ending = { prepared, params, run: evaluatedRun(folder, config, { step, weights }), progress };
  const losses = await finalLosses(prepared, folder);
  tellFinalLosses(losses, progress);
  const note = evaluationNote(prepared);
  writeFacts(folder, reportFacts(sources, params, step, note));
  if (note === null) await measure(ending);
  if (config.report.enabled) {
    await rebuild(ending);
    await refreshReport(folder, config);
  }
  writeSealed(paths.finished, {
    step,
    nonFiniteSteps: nonFinite.total,
    losses,
    summedRate: summedRate(stepConfig.schedule),
    skippedFiles: result.skipped,
    trainingSeconds: Math.round(result.seconds),
    reportSeconds: Math.round(wallClock() - started),
  });
  progress.say(`Evaluated and reported in ${duration(wallClock() - started)}.`);
}
