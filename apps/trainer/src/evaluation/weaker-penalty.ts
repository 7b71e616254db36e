import type { ProbeResults } from './types.js';

/**
 * What to try where the weakest penalty tried is the best, as a still weaker one may be better.
 *
 * @param run - The run or checkpoint, as a person names it.
 * @returns A sentence with the whole command, or nothing.
 */
export function weakerPenaltyHint(
  { best, features }: ProbeResults,
  tried: readonly number[],
  run: string,
): string[] {
  const { strength } = features[best]!;
  if (tried.length === 1 || strength > Math.min(...tried)) return [];
  const weaker = Number((strength / 3).toPrecision(1));
  const command = `npx @m3ae/trainer probe ${run} --strengths ${[...tried, weaker].join()}`;
  return [
    `Of the penalties tried on ${best} the weakest, ${strength}, is the best; a weaker one may be better still: ${command}`,
  ];
}
