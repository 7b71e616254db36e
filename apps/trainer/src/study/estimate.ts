import type { StudyPart, TrainingPart } from './plan.js';
import type { PartRecord } from './records.js';
import { canonicalJson } from './settings.js';

/** Mean seconds by kind of work, from the parts that are done. */
export interface CostModel {
  /** Seconds that a part will take; undefined where nothing like it has been measured. */
  secondsOf(part: StudyPart): number | undefined;
}

/** Settings that the time of a step depends on. */
function stepKind(resolved: unknown): string {
  const { method, image, text, model, train } = resolved as Record<string, Record<string, unknown>>;
  return canonicalJson([method, image, text, model, train?.batchSize]);
}

function stepsOf(resolved: unknown): number | undefined {
  return (resolved as { train?: { steps?: number } }).train?.steps;
}

function mean(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : values.reduce((total, value) => total + value, 0) / values.length;
}

/** Learns from done parts how long the others will take. */
export function costModel(records: Iterable<PartRecord>): CostModel {
  const all = [...records];
  const perStep = all.flatMap(({ kind, resolved, seconds }) => {
    const steps = kind === 'pretrain' ? stepsOf(resolved) : undefined;
    return steps === undefined ? [] : [{ kind: stepKind(resolved), seconds: seconds / steps }];
  });
  const ofTraining = (part: TrainingPart) => {
    const same = perStep.filter(({ kind }) => kind === stepKind(part.resolved));
    const each = mean((same.length > 0 ? same : perStep).map(({ seconds }) => seconds));
    return each === undefined || part.steps === undefined ? undefined : each * part.steps;
  };
  return {
    secondsOf: (part) =>
      part.kind === 'pretrain'
        ? ofTraining(part)
        : mean(
            all
              .filter(
                ({ kind, settings }) =>
                  kind === 'evaluate' && (settings as { command?: string }).command === part.command,
              )
              .map(({ seconds }) => seconds),
          ),
  };
}

/** Seconds that several parts take, `jobs` at once; undefined where one of them is unknown. */
export function secondsTogether(
  parts: readonly StudyPart[],
  jobs: number,
  { secondsOf }: CostModel,
): number | undefined {
  const each = parts.map(secondsOf);
  if (each.some((seconds) => seconds === undefined)) return undefined;
  return (each as number[]).reduce((total, seconds) => total + seconds, 0) / jobs;
}
