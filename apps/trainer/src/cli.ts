import { Command, CommanderError } from 'commander';
import { explainSystemError } from '@m3ae/checkpoint/files';
import { exitCodes, exitCodeOf, printError } from './commands/exit-codes.js';
import { configsCommand } from './commands/configs.js';
import { convertCommand } from './commands/convert.js';
import { evaluationCommands } from './commands/evaluation-commands.js';
import { dataCommand } from './commands/data.js';
import { linesFor } from './commands/guesses.js';
import { planCommand } from './commands/plan.js';
import { pretrainCommand } from './commands/pretrain.js';
import { studyCommand } from './commands/study.js';
import { packageVersion } from './run/versions.js';

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
    pretrainCommand(),
    planCommand(),
    ...evaluationCommands(),
    convertCommand(),
    verifyCommand(),
    benchCommand(),
    studyCommand(),
    dataCommand(),
    configsCommand(),
  ];
  const whole = new Command('npx @m3ae/trainer')
    .enablePositionalOptions() // what follows the name of a command is its own
    .description('Pre-trains multimodal masked autoencoders on pictures and captions.')
    .version(packageVersion())
    .addHelpText('after', examples);
  all.forEach((command) => whole.addCommand(command));
  return throwing(whole);
}

/** Ends with what to type for a word that is no command but that people guess; a word like a command is left to the parser. */
function refuseGuess(whole: Command, word: string): void {
  const lines = linesFor(word);
  if (lines === undefined || whole.commands.some((command) => command.name() === word)) return;
  const meant = lines.map((line) => `  $ ${line}`).join('\n');
  whole.error(`error: unknown command '${word}'; what you may mean:\n${meant}`);
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
