import { Command, Option } from 'commander';
import { m3aeSizes } from '@m3ae/transformer';
import { limits } from '../config/limits.js';
import { engines } from '../run/engine.js';
import { upTo } from './config-of.js';
import { runBenchData, runBenchRanks, runBenchStep } from './run-bench.js';

/** Reads one such number or several with commas between. */
const listUpTo = (most: number) => (text: string) => text.split(',').map(upTo(most));

function benchStepCommand(): Command {
  return new Command('step')
    .description(
      'Time the full training step: forward, backward, clipping and AdamW, with new masks each step.',
    )
    .addOption(
      new Option('--model <size>', 'size of the model').choices(Object.keys(m3aeSizes)).default('small'),
    )
    .addOption(new Option('--method <method>', 'what is trained').choices(['m3ae', 'mae']).default('m3ae'))
    .option('--batch <examples>', 'examples a step', upTo(limits.benchBatch), 4)
    .addOption(
      new Option('--recompute <what>', 'what is computed again for the gradient instead of being kept')
        .choices(['none', 'blocks'])
        .default('none'),
    )
    .option(
      '--accumulate <count>',
      'micro-batches that the examples are cut into',
      upTo(limits.benchBatch),
      1,
    )
    .option(
      '--threads <counts>',
      'threads of the compiled engine, for each replica; several give a table',
      listUpTo(limits.threads),
      [1],
    )
    .option(
      '--replicas <counts>',
      'micro-batches computed at a time; several give a table',
      listUpTo(limits.threads),
      [1],
    )
    .addOption(
      new Option('--device <device>', 'where the compiled engine runs')
        .choices(['cpu', 'webgpu', 'cuda'])
        .default('cpu'),
    )
    .option('--steps <count>', 'timed steps', upTo(limits.benchSteps), 5)
    .option(
      '--warmup <count>',
      'steps before the timed ones; the first records and prepares the graph',
      upTo(limits.benchSteps),
      2,
    )
    .addOption(
      new Option('--engine <engine>', 'what runs the step').choices([...engines]).default('compiled'),
    )
    .addOption(
      new Option('--precision <precision>', 'of the matrix products of the compiled engine')
        .choices(['float32', 'bf16', 'auto'])
        .default('float32'),
    )
    .addOption(
      new Option('--kernels <kernels>', 'operators of our own: those that change no bit, or all')
        .choices(['exact', 'fast'])
        .default('exact'),
    )
    .addOption(
      new Option('--mask-scope <scope>', 'one mask for each example, or one for the batch')
        .choices(['sample', 'batch'])
        .default('sample'),
    )
    .option('--no-cache', 'record the graph anew, and do not keep it for the next start')
    .option('--keep-padding', 'compute padding too, whose results nothing reads')
    .option('--json', 'print one line of JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  $ npx @m3ae/trainer bench step --model small --batch 4 --threads 1 --json' +
        '\n  $ npx @m3ae/trainer bench step --batch 4 --accumulate 4 --threads 1,2 --replicas 1,2\n',
    )
    .action(runBenchStep);
}

function benchDataCommand(): Command {
  return new Command('data')
    .description('Count pictures a second through decode, crop, resize and normalize, and captions a second.')
    .option('--pictures <count>', 'JPEG pictures of 500x400 to make', upTo(limits.benchPictures), 256)
    .option('--source <address>', 'pictures to read instead, e.g. webdataset:shards/*.tar')
    .option('--size <pixels>', 'side of the pictures that a model would see', upTo(limits.pictureSide), 256)
    .option('--seconds <count>', 'least time of each measurement', upTo(limits.benchSeconds), 3)
    .option('--json', 'print one line of JSON')
    .addHelpText('after', '\nExample:\n  $ npx @m3ae/trainer bench data --json\n')
    .action(runBenchData);
}

function benchRanksCommand(): Command {
  return new Command('ranks')
    .description('Time what the ranks of a launcher exchange: copies, all-reduce, sums of gradients.')
    .option('--megabytes <count>', 'size of the gradient', upTo(limits.benchMegabytes), 300)
    .option('--json', 'print one line of JSON')
    .addHelpText('after', '\nExample:\n  $ mpirun -n 2 npx @m3ae/trainer bench ranks --json\n')
    .action(runBenchRanks);
}

/** The command `m3ae bench`, to be added to the program. */
export function benchCommand(): Command {
  return new Command('bench')
    .description('Measure speed and memory on this machine.')
    .addCommand(benchStepCommand())
    .addCommand(benchDataCommand())
    .addCommand(benchRanksCommand())
    .addHelpText(
      'after',
      '\nExamples:\n  $ npx @m3ae/trainer bench step --model small --threads 2\n  $ npx @m3ae/trainer bench data\n',
    );
}
