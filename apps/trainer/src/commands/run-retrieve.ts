import { countUpTo, typedValue } from '@m3ae/errors/rules';
import { captionedOnly, captionedSplits, pairScorerOf } from '@m3ae/evaluation/model';
import { retrievalEvaluator } from '@m3ae/evaluation/retrieval';
import { retrievalLines } from '@m3ae/report';
import { methodTraits } from '@m3ae/tasks';
import { limits } from '../config/limits.js';
import type { OpenedRun } from '../evaluation/open-run.js';
import { readOptions } from '../evaluation/opened-model.js';
import { type EvaluationCommandOptions, runEvaluation } from './run-evaluation.js';

export interface RetrieveCommandOptions extends EvaluationCommandOptions {
  readonly pictures?: string;
  /** A number, or `each`. */
  readonly groups: string;
}

export async function runRetrieve(path: string, options: RetrieveCommandOptions): Promise<void> {
  const pictures = typedValue('--pictures', options.pictures, countUpTo(limits.comparedPictures, 2));
  const groups =
    options.groups === 'each' ? 'each' : typedValue('--groups', options.groups, countUpTo(limits.textLength));
  const settingsOf = ({ config }: OpenedRun) => ({
    pictures: pictures ?? (methodTraits(config.method).contrasts ? null : 60),
    groups,
  });
  await runEvaluation(path, options, {
    name: 'retrieve',
    settings: settingsOf,
    async encode({ run, sources, progress }) {
      const options = readOptions(run, progress);
      const scorer = pairScorerOf(run.model, options.runner, { ...options, groups });
      try {
        const chosen = captionedOnly(sources.tests, settingsOf(run).pictures);
        return await retrievalEvaluator(scorer).run(captionedSplits(run.model, chosen, options));
      } finally {
        await scorer.dispose();
      }
    },
    evaluate: async (_, results) => results,
    print: retrievalLines,
  });
}
