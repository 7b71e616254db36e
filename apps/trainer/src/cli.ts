import { Command, CommanderError } from 'commander';
import { attentionCommand } from './commands/attention.js';
import { exitCodes, exitCodeOf, printError } from './commands/exit-codes.js';
import { dataCommand } from './commands/data.js';
import { embedCommand } from './commands/embed.js';
import { finetuneCommand } from './commands/finetune.js';
import { knnCommand } from './commands/knn.js';
import { oodCommand } from './commands/ood.js';
import { pretrainCommand } from './commands/pretrain.js';
import { probeCommand } from './commands/probe.js';
import { reconstructCommand } from './commands/reconstruct.js';
import { studyCommand } from './commands/study.js';
import { retrieveCommand } from './commands/retrieve.js';
import { packageVersion } from './run/versions.js';

const examples = `
Examples:
  $ m3ae pretrain configs/emoji-tiny.ts            pre-train on emoji and write a report
  $ m3ae pretrain configs/m3ae-small.ts --dry-run  what it would do, and with how much memory
  $ m3ae data configs/emoji-tiny.ts                look at the data first
  $ m3ae probe runs/emoji-tiny                     how well its features tell classes apart
  $ m3ae reconstruct runs/emoji-tiny --image cat.png --caption "cat face"

Exit codes: 0 done, 1 failure, 2 bad input, 130 interrupted.`;

/** Lets commander throw instead of ending the process, in every command. */
function throwing(command: Command): Command {
  command
    .exitOverride()
    .showSuggestionAfterError()
    .showHelpAfterError('Run with --help for the options and examples.');
  command.commands.forEach((child) => throwing(child as Command));
  return command;
}

/** Verify and bench load the compiler's tools, which other commands do not need at start. */
async function program(): Promise<Command> {
  const [{ verifyCommand }, { benchCommand }] = await Promise.all([
    import('./commands/verify.js'),
    import('./commands/bench.js'),
  ]);
  return throwing(
    new Command('m3ae')
      .description('Pre-trains multimodal masked autoencoders on pictures and captions.')
      .version(packageVersion())
      .addCommand(pretrainCommand())
      .addCommand(probeCommand())
      .addCommand(knnCommand())
      .addCommand(finetuneCommand())
      .addCommand(oodCommand())
      .addCommand(attentionCommand())
      .addCommand(retrieveCommand())
      .addCommand(embedCommand())
      .addCommand(reconstructCommand())
      .addCommand(verifyCommand())
      .addCommand(benchCommand())
      .addCommand(studyCommand())
      .addCommand(dataCommand())
      .addHelpText('after', examples),
  );
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
    await command.parseAsync([...args], { from: 'user' });
    return typeof process.exitCode === 'number' ? process.exitCode : exitCodes.done;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.badInput;
    printError(error);
    return exitCodeOf(error);
  }
}
