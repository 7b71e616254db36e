import { Command } from 'commander';
import { collect } from './config-of.js';

/** Options of `m3ae pretrain`. */
export interface PretrainCommandOptions {
  readonly set: string[];
  readonly seed?: string;
  readonly out?: string;
  readonly resume?: boolean;
  readonly overwrite?: boolean;
  readonly allowConfigChange?: boolean;
  readonly allowLostLines?: boolean;
  /** False for `--no-cache`. */
  readonly cache?: boolean;
  readonly dryRun?: boolean;
  readonly quiet?: boolean;
  readonly json?: boolean;
}

/** The command `m3ae pretrain`. */
export function pretrainCommand(): Command {
  return new Command('pretrain')
    .description('Pre-train a model from a config; end with an evaluation and a report.')
    .argument('<config>', 'a .ts, .js or .json file, or a preset, e.g. emoji-tiny')
    .option('--set <path=value>', 'change one setting, e.g. train.steps=20; may be repeated', collect, [])
    .option('--seed <number>', 'the same as --set seed=<number>')
    .option('--out <folder>', 'the run folder; by default runs/<name of the config>')
    .option('--resume', 'go on from the newest checkpoint, where there is one')
    .option('--overwrite', 'remove an earlier run in the folder, once the new one has done a step')
    .option(
      '--allow-config-change',
      'let a resumed run differ in settings that change no result, e.g. log.everySteps',
    )
    .option(
      '--allow-lost-lines',
      'let a resumed run go on although lines of its logs, e.g. metrics.jsonl, are lost or damaged',
    )
    .option('--no-cache', 'record the graph of the step anew, and do not keep it for the next start')
    .option('--dry-run', 'print the resolved config, parameters, memory and steps, and stop')
    .option('--quiet', 'print nothing but errors')
    .option('--json', 'print one JSON object a line instead of a progress bar')
    .addHelpText(
      'after',
      `
Examples:
  $ npx @m3ae/trainer pretrain emoji-tiny
  $ npx @m3ae/trainer pretrain emoji-tiny --set train.steps=200 --out runs/short
  $ npx @m3ae/trainer pretrain m3ae-small --set data.source.path=./photos --resume

The presets: npx @m3ae/trainer configs`,
    )
    .action(async (config: string, options: PretrainCommandOptions) => {
      // Loaded only now: the engine and the report's charts take a second that --help should not.
      const { runPretrain } = await import('./run-pretrain.js');
      await runPretrain(config, options);
    });
}
