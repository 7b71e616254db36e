import type { Command } from 'commander';
import { evaluationCommand, type EvaluationCommandOptions } from './evaluation-command.js';

/** Options of `m3ae knn`. */
export interface NeighbourCommandOptions extends EvaluationCommandOptions {
  readonly features: string;
  readonly neighbours?: string;
}

/** The command `m3ae knn`. */
export function knnCommand(): Command {
  return evaluationCommand(
    'knn',
    'Nearest neighbours: how often the training pictures that the frozen encoder finds most alike are of the right class.',
    [
      'npx @m3ae/trainer knn runs/emoji-tiny',
      'npx @m3ae/trainer knn runs/emoji-tiny --neighbours 1,5,20 --features mean',
    ],
  )
    .option(
      '--features <names>',
      'of mean, cls, both, pixels, with commas; raw pixels are always measured beside them',
      'mean,cls,both,pixels',
    )
    .option(
      '--neighbours <counts>',
      'how many vote, to choose from on the validation part; by default those of the config',
    )
    .action(async (run: string, options: NeighbourCommandOptions) => {
      const { runKnn } = await import('./run-knn.js');
      await runKnn(run, options);
    });
}
