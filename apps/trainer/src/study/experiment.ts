import { latestCheckpoint } from '@m3ae/checkpoint/files';
import { canonicalJson, type Experiment, type JobRunner } from '@m3ae/study';
import { shapeOfJob } from './result-shapes.js';
import { lastStepOf } from './run-jobs.js';
import { configOf, decisiveSettings, identifyingSettings } from './settings.js';

type Resolved = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Pre-trainings of this package, and the commands that evaluate them, as a study repeats them. */
export function m3aeExperiment(base: unknown, runJob: JobRunner): Experiment {
  return {
    name: 'pretrain',
    runJob,
    settle(set) {
      const config = configOf(base, { ...set, seed: 0 });
      return { identity: identifyingSettings(config), resolved: decisiveSettings(config) };
    },
    async hasRun(folder) {
      const last = lastStepOf(folder);
      return last !== undefined && (await latestCheckpoint(folder))?.step === last;
    },
    workOf(resolved) {
      // What the time of a step depends on.
      const { method, image, text, model, train } = resolved as Resolved;
      const steps = train?.steps;
      if (typeof steps !== 'number') return undefined;
      return { kind: canonicalJson([method, image, text, model, train?.batchSize]), amount: steps };
    },
    shapeOf: shapeOfJob,
  };
}
