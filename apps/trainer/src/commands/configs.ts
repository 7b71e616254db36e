import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { findConfig } from '../config/load.js';
import { listPresets, type Preset } from '../config/presets.js';

/** Options of `m3ae configs`. */
export interface ConfigsCommandOptions {
  readonly json?: boolean;
}

/** Names and summaries, those of runs and those of studies apart. */
function presetLines(presets: readonly Preset[]): string[] {
  const width = Math.max(...presets.map(({ name }) => name.length));
  const lines = (isStudy: boolean) =>
    presets
      .filter((preset) => preset.isStudy === isStudy)
      .map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`);
  return [
    'For pretrain and data, e.g. npx @m3ae/trainer pretrain emoji-tiny:',
    ...lines(false),
    'For study, e.g. npx @m3ae/trainer study study-emoji:',
    ...lines(true),
  ];
}

/** The command `m3ae configs`. */
export function configsCommand(): Command {
  return new Command('configs')
    .description('List the configs that come with this package, or print one to begin your own from.')
    .argument('[name]', 'the one to print')
    .option('--json', 'print names, files and summaries as one JSON array')
    .addHelpText(
      'after',
      '\nExamples:\n  $ npx @m3ae/trainer configs\n  $ npx @m3ae/trainer configs emoji-tiny > my-run.ts',
    )
    .action((name: string | undefined, { json = false }: ConfigsCommandOptions) => {
      const presets = listPresets();
      const text =
        name !== undefined
          ? readFileSync(findConfig(name), 'utf8')
          : json
            ? `${JSON.stringify(presets)}\n`
            : `${presetLines(presets).join('\n')}\n`;
      process.stdout.write(text);
    });
}
