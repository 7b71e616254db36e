import type { Command } from 'commander';
import { evaluationCommand, type EvaluationCommandOptions } from './evaluation-command.js';

/** Options of `m3ae attention`. */
export interface AttentionCommandOptions extends EvaluationCommandOptions {
  readonly scenes?: string;
  readonly pictures: string;
  readonly map?: string;
  readonly layer?: string;
  readonly head?: string;
  readonly image?: string;
  readonly caption?: string;
}

/** The command `m3ae attention`. */
export function attentionCommand(): Command {
  return evaluationCommand(
    'attention',
    'Which patches each word looks at: heat maps of unseen pictures or your own, and a score on scenes of emoji.',
    [
      'npx @m3ae/trainer attention runs/emoji-tiny',
      'npx @m3ae/trainer attention runs/emoji-tiny --map rollout --pictures 12',
      'npx @m3ae/trainer attention runs/emoji-tiny --image desk.png --caption "a cup and a book" --layer 2 --head 0',
    ],
  )
    .option(
      '--scenes <count>',
      'scenes of emoji in each part of the score; by default 500 for a run that learned from emoji, else 0: unseen pictures of the run instead, which have no score',
    )
    .option('--pictures <count>', 'how many are drawn', '6')
    .option(
      '--map <name>',
      'last, mean or rollout; by default the one that points best on validation scenes, or last without scenes',
    )
    .option('--layer <number>', 'one block, from 0, as the mean over its heads')
    .option('--head <number>', 'one head of that block, from 0')
    .option('--image <file>', 'a picture of your own, and nothing else; needs --caption')
    .option('--caption <text>', 'what your picture shows')
    .action(async (run: string, options: AttentionCommandOptions) => {
      const { runAttention } = await import('./run-attention.js');
      await runAttention(run, options);
    });
}
