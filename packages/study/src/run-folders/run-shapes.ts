import type { Evaluation } from '@m3ae/runs';
import { evaluationShapes } from '../evaluation-shapes.js';
import type { EvaluationJob, RunJob } from '../plan.js';
import { each, fields, type Shape } from '../shapes.js';

/** The figures of a training that ended, as {@link trainingFiguresOf} gives them. */
const trainingShape: Shape = fields({
  finished: fields({
    step: 'number',
    nonFiniteSteps: 'number',
    losses: each(fields({ last: 'number', guessing: 'number', share: 'number' })),
    summedRate: 'number',
    skippedFiles: 'any',
    trainingSeconds: 'number',
    reportSeconds: 'number',
  }),
  minutes: 'number',
  last: each('number'),
  validation: each('number'),
});

/**
 * What the figures of a job on run folders will hold, for `shapeOf` of an experiment.
 *
 * @param testsOf - Names of the test splits of a run, of its resolved settings.
 * @returns Nothing for a command whose results have no shape of their own.
 */
export function runFolderShape(
  job: RunJob | EvaluationJob,
  testsOf: (resolved: RunJob['resolved']) => readonly string[],
): Shape | undefined {
  if (job.kind === 'run') return trainingShape;
  const { command, options } = job.settings;
  const { features } = options;
  const shape = evaluationShapes[options.reference === true ? `${command}Reference` : command]?.({
    tests: testsOf(job.run.resolved),
    ...(typeof features === 'string' && { features: features.split(',').map((name) => name.trim()) }),
  });
  if (shape === undefined) return undefined;
  const envelope: Record<keyof Evaluation, Shape> = {
    evaluation: 'word',
    run: 'any',
    settings: 'any',
    results: shape,
    seconds: 'number',
    versions: 'any',
  };
  return fields(envelope);
}
