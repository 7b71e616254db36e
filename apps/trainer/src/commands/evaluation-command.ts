import { Command } from 'commander';
import { collect } from './config-of.js';

/** Options of every command that evaluates a trained model. */
export interface EvaluationCommandOptions {
  readonly set: string[];
  readonly threads?: string;
  readonly quiet?: boolean;
  readonly json?: boolean;
}

/** A command `m3ae NAME RUN` with the options that all evaluations share. */
export function evaluationCommand(name: string, description: string, examples: readonly string[]): Command {
  return new Command(name)
    .description(description)
    .argument('<run>', 'a run folder, whose newest checkpoint is taken, or one checkpoint folder in it')
    .option(
      '--set <path=value>',
      "change one setting of the run's config for this evaluation; may be repeated",
      collect,
      [],
    )
    .option('--threads <count>', 'the same as --set train.threads=<count>')
    .option('--quiet', 'print nothing but errors')
    .option('--json', 'print the result as one JSON object and nothing else')
    .addHelpText(
      'after',
      `\nExample${examples.length > 1 ? 's' : ''}:\n${examples.map((line) => `  $ ${line}`).join('\n')}`,
    );
}
