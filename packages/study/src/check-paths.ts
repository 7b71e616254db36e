import { type Fault, faultOf, InvalidInput } from '@m3ae/errors';
import { figuresOf } from './measure.js';
import { askedPaths } from './names.js';
import type { StudyPlan } from './plan.js';
import type { Records } from './records.js';
import { pathFault, type PathPlace } from './shapes.js';

function placesOf(plan: StudyPlan, { done }: Records): (variant: string) => PathPlace {
  const { runs, experiment } = plan;
  const figures = figuresOf(plan, done);
  const measured = (evaluation: string) =>
    runs.flatMap(({ variant, seed }) => figures(variant, seed)[evaluation] ?? []);
  return (variant) => {
    const own = runs.filter((one) => one.variant === variant);
    return {
      measured,
      shapeOf(evaluation) {
        const [job] = own.flatMap((run) =>
          evaluation === experiment.name ? run.job : (run.evaluations[evaluation] ?? []),
        );
        return job && experiment.shapeOf(job);
      },
    };
  };
}

/**
 * Refuses metrics whose paths lead nowhere: as the experiment declares its figures, or as they were measured.
 *
 * @throws InvalidInput with the nearest path to each.
 */
export function refuseUnknownPaths(plan: StudyPlan, records: Records): void {
  const placeOf = placesOf(plan, records);
  const faults = new Map<string, Fault>();
  for (const { id, rows, metrics } of plan.study.tables) {
    for (const metric of metrics) {
      const place = `tables: ${id}: metric "${metric.title}": path`;
      for (const row of rows) {
        for (const path of askedPaths(metric, row)) {
          const broken = pathFault(path, 'number', placeOf(row.variant));
          if (broken) faults.set(`${place} ${path}`, faultOf(place, broken.rule, path, broken.remedy));
        }
      }
    }
  }
  if (faults.size > 0) throw new InvalidInput([...faults.values()]);
}
