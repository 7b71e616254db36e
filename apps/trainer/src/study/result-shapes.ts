import { each, type EvaluationJob, evaluationShapes, fields, type RunJob, type Shape } from '@m3ae/study';
import type { Evaluation } from '@m3ae/runs';
import type { TrainerConfig } from '../config/schema.js';
import { testNames } from '../run/pictures.js';

/** The figures of a training that ended, as a study keeps them. */
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

/** What the figures of a job will hold; nothing for a command whose results have no shape of their own. */
export function shapeOfJob(job: RunJob | EvaluationJob): Shape | undefined {
  if (job.kind === 'run') return trainingShape;
  const { command, options } = job.settings;
  const { data } = job.run.resolved as TrainerConfig; // resolved by its schema
  const { features } = options;
  const shape = evaluationShapes[options.reference === true ? `${command}Reference` : command]?.({
    tests: testNames(data.source),
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
