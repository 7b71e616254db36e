import type { Command } from 'commander';
import { evaluationCommand, type EvaluationCommandOptions } from './evaluation-command.js';

/** Options of `m3ae attention`. */
export interface AttentionCommandOptions extends EvaluationCommandOptions {
  readonly scenes: string;
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
    'Which patches each word looks at: heat maps, and a score on scenes of emoji at known places.',
    [
      'm3ae attention runs/emoji-tiny',
      'm3ae attention runs/emoji-tiny --map rollout --pictures 12',
      'm3ae attention runs/emoji-tiny --image desk.png --caption "a cup and a book" --layer 2 --head 0',
    ],
  )
    .option('--scenes <count>', 'scenes of each part; 0 leaves the score out', '500')
    .option('--pictures <count>', 'scenes that are drawn', '6')
    .option('--map <name>', 'last, mean or rollout; by default the map that points best on validation scenes')
    .option('--layer <number>', 'one block, from 0, as the mean over its heads')
    .option('--head <number>', 'one head of that block, from 0')
    .option('--image <file>', 'a picture of your own, drawn instead of scenes; needs --caption')
    .option('--caption <text>', 'what your picture shows')
    .action(async (run: string, options: AttentionCommandOptions) => {
      const { runAttention } = await import('./run-attention.js');
      await runAttention(run, options);
    });
}
