import type { Progress } from '../run/progress.js';
import type { Sources } from '../run/sources.js';
import type { EvaluationParts } from './classify.js';
import { type Encodable, encodeParts, type FeatureMaker } from './encode-parts.js';
import { labelledParts } from './labelled-parts.js';
import type { FeatureName } from './types.js';

/** Who makes some features. */
export function makersOf(names: readonly FeatureName[]): FeatureMaker[] {
  const learned = names.some((name) => name !== 'pixels');
  return [...(learned ? ['encoder' as const] : []), ...(names.includes('pixels') ? ['pixels' as const] : [])];
}

/**
 * Features of the parts that classifiers learn from, are chosen on and measured on.
 *
 * @throws InvalidInput if the pictures have no classes, or a part is empty.
 */
export async function encodeLabelled(
  run: Encodable,
  sources: Sources,
  names: readonly FeatureName[],
  progress: Progress,
): Promise<EvaluationParts> {
  const { train, validation, tests } = labelledParts(sources, run.config);
  const [first, second, ...others] = await encodeParts(
    run,
    [train, validation, ...tests],
    makersOf(names),
    progress,
  );
  return { train: first!, validation: second!, tests: others };
}
