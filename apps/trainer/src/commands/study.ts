import { Command } from 'commander';
import { collect } from './config-of.js';
import type { StudyCommandOptions } from './run-study.js';

/** The command `m3ae study`. */
export function studyCommand(): Command {
  return new Command('study')
    .description(
      'Run a list of pre-trainings and evaluations; go on where it stopped; write tables and plots.',
    )
    .argument('[config]', 'a study config, a file or a preset; by default study-emoji')
    .option('--out <folder>', 'the study folder; by default studies/<name of the study>')
    .option('--quick', 'the short form of the study: few seeds, tables and steps')
    .option('--only <tables>', 'ids of tables, e.g. methods,pairedShare; only what they need is run')
    .option('--seeds <numbers>', 'other seeds than the config, e.g. 0,1')
    .option('--jobs <number>', 'how many parts run at once')
    .option('--threads <number>', 'threads of each part')
    .option('--set <path=value>', 'change one setting of every pre-training; may be repeated', collect, [])
    .option('--dry-run', 'list the parts, which are done, and the time the rest will take')
    .option('--report', 'run nothing; write results, tables, plots and the page from what is done')
    .option('--markdown <file>', 'also write the tables between the markers of this file')
    .option('--quiet', 'print nothing but errors')
    .option('--json', 'print one JSON object a line')
    .addHelpText(
      'after',
      `
Examples:
  $ npx @m3ae/trainer study --quick                 methods and paired share at one seed
  $ npx @m3ae/trainer study study-emoji --jobs 2    all of it; Ctrl-C stops, the same line goes on
  $ npx @m3ae/trainer study study-emoji --only ood --dry-run

A part that is done is never run again: delete its file in STUDY/parts to do it anew.`,
    )
    .action(async (config: string | undefined, options: StudyCommandOptions) => {
      const { runStudyCommand } = await import('./run-study.js');
      await runStudyCommand(config, options);
    });
}
