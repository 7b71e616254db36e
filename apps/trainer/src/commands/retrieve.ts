import type { Command } from 'commander';
import { evaluationCommand, type EvaluationCommandOptions } from './evaluation-command.js';

/** Options of `m3ae retrieve`. */
export interface RetrieveCommandOptions extends EvaluationCommandOptions {
  readonly pictures?: string;
  readonly groups: string;
}

/** The command `m3ae retrieve`. */
export function retrieveCommand(): Command {
  return evaluationCommand(
    'retrieve',
    'Captions by pictures and pictures by captions: recall at 1, 5 and 10 both ways, and zero-shot classes for a CLIP.',
    [
      'npx @m3ae/trainer retrieve runs/emoji-clip',
      'npx @m3ae/trainer retrieve runs/emoji-tiny --pictures 100 --groups 4',
    ],
  )
    .option(
      '--pictures <count>',
      'pictures of each test part; by default all for a CLIP, 60 for M3AE, whose work grows with the square',
    )
    .option(
      '--groups <count>',
      'for M3AE: a caption is hidden in so many turns, or "each" piece by itself, which is slower and finer',
      '4',
    )
    .action(async (run: string, options: RetrieveCommandOptions) => {
      const { runRetrieve } = await import('./run-retrieve.js');
      await runRetrieve(run, options);
    });
}
