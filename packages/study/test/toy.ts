import {
  type Experiment,
  type JobContext,
  resolveStudy,
  type StudyChanges,
  type StudyJob,
} from '../src/index.js';

/** A study of two methods that a toy stands for. */
export function toyInput(change: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    name: 'toy',
    seeds: [0, 1, 2],
    jobs: 2,
    variants: {
      mae: { label: 'MAE', set: { method: 'mae' } },
      m3ae: { label: 'M3AE', set: { method: 'm3ae' } },
      again: { set: { method: 'm3ae' } },
    },
    evaluations: { probe: {} },
    tables: [
      {
        id: 'methods',
        title: 'Methods',
        rows: ['mae', 'm3ae', 'again'],
        metrics: [{ id: 'top1', title: 'top-1', path: 'probe.features.{probe.best}.value' }],
        claims: [
          { text: 'ahead', compare: [{ better: 'm3ae', worse: 'mae', metric: 'top1', atLeast: 0.05 }] },
        ],
        paper: [{ source: 'Fig. 3', values: { MAE: 44.6, M3AE: 61.3 } }],
        plot: { kind: 'bars' },
      },
    ],
    ...change,
  };
}

/** The first table with some fields changed. */
export function toyTable(change: Record<string, unknown>) {
  const [first] = toyInput().tables as Record<string, unknown>[];
  return { tables: [{ ...first, ...change }] };
}

export const toyStudy = (change: Record<string, unknown> = {}, changes: StudyChanges = {}) =>
  resolveStudy(toyInput(change), changes);

/** An experiment that notes what it is asked to do; `act` may do more, e.g. fail. */
export function toyExperiment(
  act: (job: StudyJob, context: JobContext) => unknown = () => {},
): Experiment & { readonly notes: string[] } {
  const notes: string[] = [];
  return {
    notes,
    async runJob(job, context) {
      notes.push(job.name);
      await act(job, context);
      if (job.kind === 'run') return { figures: { minutes: 1 }, seconds: 60 };
      const { method } = job.run.set;
      const value = 0.3 + 0.01 * job.seed + (method === 'm3ae' ? 0.1 : 0);
      return { figures: { best: 'mean', features: { mean: { value, count: 400 } } }, seconds: 5 };
    },
  };
}
