import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { explainSystemError } from '@m3ae/checkpoint/files';
import { exitCodeOf, exitCodes, printError } from './console.js';
import { evaluationCommands } from './commands/evaluation-commands.js';
import { dataCommand } from './commands/data.js';
import { declare, programName } from './commands/declare.js';
import { trainingCommand } from './commands/training-commands.js';
import { packageVersion } from './run/versions.js';
import { findConfig, listPresets, type Preset } from './config/load.js';

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
    trainingCommand('pretrain'),
    trainingCommand('plan'),
    ...evaluationCommands(),
    trainingCommand('convert'),
    verifyCommand(),
    benchCommand(),
    trainingCommand('study'),
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

/** What people call a thing that a command does, and what to type for it. */
const guesses: readonly (readonly [words: string, lines: readonly string[]])[] = [
  ['train training fit run start learn', ['pretrain CONFIG']],
  ['resume continue', ['pretrain CONFIG --resume']],
  ['init new create presets list ls', ['configs']],
  ['check validate dry-run dryrun', ['pretrain CONFIG --dry-run', 'data CONFIG']],
  ['memory estimate cost flops', ['plan CONFIG']],
  ['inspect dataset datasets', ['data CONFIG', 'data inspect SOURCE']],
  ['prepare preprocess shard pack', ['data prepare SOURCE --out FOLDER --to FORM']],
  [
    'evaluate evaluation eval test score metrics classify classification',
    ['probe RUN', 'knn RUN', 'retrieve RUN', 'ood RUN', 'attention RUN'],
  ],
  ['linear linear-probe', ['probe RUN']],
  ['retrieval search rank', ['retrieve RUN']],
  ['outliers outlier anomaly', ['ood RUN']],
  ['attend heatmap', ['attention RUN']],
  ['fine-tune tune finetuning', ['finetune RUN']],
  [
    'infer inference predict generate inpaint fill rebuild reconstruction',
    ['reconstruct RUN --image FILE --caption TEXT'],
  ],
  ['encode features embedding embeddings tsne umap plot visualize show', ['embed RUN', 'attention RUN']],
  ['export save onnx huggingface safetensors', ['convert RUN OUT --to FORM']],
  ['import load', ['convert WEIGHTS OUT --to FORM', 'probe WEIGHTS']],
  ['benchmark profile speed time', ['bench step']],
  ['golden selftest', ['verify']],
  ['compare experiment sweep ablation', ['study STUDY']],
  ['version', ['--version']],
  ['usage man h info commands', ['--help']],
];

/** Words that are no commands although people type them. */
export const guessedWords: readonly string[] = guesses.flatMap(([words]) => words.split(' '));

/** What to type for a word that is no command but that people guess, as a person types it; nothing for any other. */
function linesFor(word: string): readonly string[] | undefined {
  const found = guesses.find(([words]) => words.split(' ').includes(word.toLowerCase()));
  return found?.[1].map((line) => `${programName} ${line}`);
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
