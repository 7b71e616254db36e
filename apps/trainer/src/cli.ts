import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { explainSystemError } from '@m3ae/checkpoint/files';
import { exitCodeOf, exitCodes, printError } from './console.js';
import { evaluationCommands } from './commands/evaluation-commands.js';
import { dataCommand } from './commands/data.js';
import { declare, programName } from './commands/declare.js';
import { modelCommand } from './commands/model-commands.js';
import { packageVersion } from './run/versions.js';
import { findConfig, listPresets, type Preset } from './config/load.js';
import { refuseGuess } from './commands/guesses.js';

const examples = `
Examples:
  $ npx @m3ae/trainer configs                        the configs that come with it
  $ npx @m3ae/trainer pretrain emoji-tiny            pre-train on emoji and write a report
  $ npx @m3ae/trainer pretrain my-run.ts --dry-run   what it would do, and with how much memory
  $ npx @m3ae/trainer data my-run.ts                 look at the data first
  $ npx @m3ae/trainer probe runs/emoji-tiny          how well its features tell classes apart
  $ npx @m3ae/trainer reconstruct runs/emoji-tiny --image cat.png --caption "cat face"

Exit codes: 0 done, 1 failure, 2 bad input, 130 interrupted.`;

/** Lets commander throw instead of ending the process, in every command. */
function throwing(command: Command): Command {
  command
    .exitOverride()
    .showSuggestionAfterError()
    .showHelpAfterError('Run with --help for the options and examples.');
  command.commands.forEach((child) => throwing(child));
  return command;
}

/** Verify and bench load the compiler's tools, which other commands do not need at start. */
async function program(): Promise<Command> {
  const [{ verifyCommand }, { benchCommand }] = await Promise.all([
    import('./commands/verify.js'),
    import('./commands/bench.js'),
  ]);
  const all = [
    modelCommand('pretrain'),
    modelCommand('plan'),
    ...evaluationCommands(),
    modelCommand('convert'),
    verifyCommand(),
    benchCommand(),
    modelCommand('study'),
    dataCommand(),
    configsCommand(),
  ];
  const whole = new Command(programName)
    .enablePositionalOptions() // what follows the name of a command is its own
    .description('Pre-trains multimodal masked autoencoders on pictures and captions.')
    .version(packageVersion())
    .addHelpText('after', examples);
  all.forEach((command) => whole.addCommand(command));
  return throwing(whole);
}

/**
 * Runs one command line.
 *
 * @param args - What follows `m3ae` on the command line.
 * @returns The exit code: 0 done, 1 failure, 2 bad input, 130 interrupted.
 */
export async function main(args: readonly string[]): Promise<number> {
  try {
    const command = await program();
    if (args.length === 0) {
      command.outputHelp();
      return exitCodes.badInput;
    }
    refuseGuess(command, args[0]!);
    await command.parseAsync([...args], { from: 'user' });
    return typeof process.exitCode === 'number' ? process.exitCode : exitCodes.done;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.badInput;
    const explained = explainSystemError(error);
    printError(explained);
    return exitCodeOf(explained);
  }
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

async function runConfigs(name: string | undefined, { json }: { readonly json?: boolean }): Promise<void> {
  const presets = listPresets();
  const list = json ? JSON.stringify(presets) : presetLines(presets).join('\n');
  process.stdout.write(name === undefined ? `${list}\n` : readFileSync(findConfig(name), 'utf8'));
}

const configsCommand = (): Command =>
  declare('configs', {
    description: 'List the configs that come with this package, or print one to begin your own from.',
    arguments: { '[name]': 'the one to print' },
    options: { '--json': 'print names, files and summaries as one JSON array' },
    examples: ['configs', 'configs emoji-tiny > my-run.ts'],
    load: async () => runConfigs,
  });
