import { Command } from 'commander';
import { requireWritableFile } from '@m3ae/checkpoint/files';
import { createProgress } from '@m3ae/logging';
import { collect, configOf } from './config-of.js';
import { dataInspectCommand } from './data-inspect.js';
import { dataPrepareCommand } from './data-prepare.js';

/** Options of `m3ae data`. */
export interface DataCommandOptions {
  readonly set: string[];
  readonly sheet: string;
  readonly quiet?: boolean;
  readonly json?: boolean;
}

/** The command `m3ae data`. */
export function dataCommand(): Command {
  return new Command('data')
    .enablePositionalOptions() // what follows a word such as "prepare" is its own
    .description(
      'Look at the data of a config, as a model sees them: counts, unreadable files, statistics, a sheet of samples.',
    )
    .argument('<config>', 'a .ts, .js or .json file, or a preset, e.g. emoji-tiny')
    .option('--set <path=value>', 'change one setting; may be repeated', collect, [])
    .option('--sheet <file>', 'where to write the sheet of samples', 'data-samples.png')
    .option('--quiet', 'print nothing but errors')
    .option('--json', 'print one JSON object a line')
    .addHelpText('after', '\nExample:\n  $ npx @m3ae/trainer data emoji-tiny --sheet samples.png')
    .action(async (config: string, options: DataCommandOptions) => {
      const checked = await configOf(config, options.set);
      requireWritableFile(options.sheet);
      const { quiet, json } = options;
      const progress = createProgress({ quiet, json });
      // Loaded only now: what draws the sheet takes a while that --help should not.
      const { inspectData } = await import('../run/inspect-data.js');
      await inspectData(checked, options.sheet, progress);
    })
    .addCommand(dataPrepareCommand())
    .addCommand(dataInspectCommand());
}
