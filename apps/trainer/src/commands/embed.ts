import type { Command } from 'commander';
import { evaluationCommand, type EvaluationCommandOptions } from './evaluation-command.js';

/** Options of `m3ae embed`. */
export interface EmbedCommandOptions extends EvaluationCommandOptions {
  readonly features: string;
  readonly method: string;
  readonly pictures: string;
}

/** The command `m3ae embed`. */
export function embedCommand(): Command {
  return evaluationCommand(
    'embed',
    'Unseen pictures as points in the plane, coloured by class; two models side by side.',
    [
      'npx @m3ae/trainer embed runs/emoji-tiny',
      'npx @m3ae/trainer embed runs/emoji-mae runs/emoji-tiny --method umap',
    ],
  )
    .argument('[other]', 'another run or checkpoint, drawn beside it on the same pictures')
    .option('--features <name>', 'mean, cls, both or pixels', 'mean')
    .option('--method <name>', 'tsne or umap', 'tsne')
    .option('--pictures <count>', 'pictures drawn', '900')
    .action(async (run: string, other: string | undefined, options: EmbedCommandOptions) => {
      const { runEmbed } = await import('./run-embed.js');
      await runEmbed(run, other, options);
    });
}
