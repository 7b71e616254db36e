import {
  type BenchProgram,
  type DataCommandOptions,
  type RanksCommandOptions,
  runDataBench,
  runRanksBench,
  runStepBench,
  type StepCommandOptions,
} from '@m3ae/bench';
import { Command, Option } from 'commander';
import { throwFaults } from '@m3ae/errors';
import { availableMemory } from '@m3ae/runs';
import { checkMemory } from '@m3ae/tasks';
import { m3aeSizes, resolveM3aeConfig } from '@m3ae/transformer';
import { limits } from '../config/limits.js';
import { resolveConfig } from '../config/resolve.js';
import { engines } from '../run/engine.js';
import { graphCache } from '../run/graph-cache.js';
import { versions } from '../run/versions.js';
import { upTo } from './config-of.js';

/** Refuses a batch that this machine has far too little memory for. */
function refuseTooLarge({ method, model: size, batch, accumulate, recompute, replicas }: StepCommandOptions) {
  const train = { batchSize: batch, accumulate, recompute, threads: 1, replicas: Math.max(...replicas) };
  const config = resolveConfig({
    method,
    data: { source: { kind: 'emoji' }, workers: 0, queueSize: 1 },
    // The sizes that count are those of the model beside the config, which knows no debug size.
    model: { size: 'small' },
    train: { steps: 1, ...train },
  });
  const { fault } = checkMemory(config, resolveM3aeConfig({ size }), availableMemory());
  throwFaults([fault && { ...fault, path: fault.path.replace('train.', '--') }]);
}

const program: BenchProgram = { versions, cacheOf: (form) => graphCache(() => form), refuseTooLarge };

/** Reads one such number or several with commas between. */
const listUpTo = (most: number) => (text: string) => text.split(',').map(upTo(most));

/** One of some words. */
const oneOf = (flags: string, description: string, words: readonly string[], usual: string) =>
  new Option(flags, description).choices([...words]).default(usual);

function benchStepCommand(): Command {
  return new Command('step')
    .description(
      'Time the full training step: forward, backward, clipping and AdamW, with new masks each step.',
    )
    .addOption(oneOf('--model <size>', 'size of the model', Object.keys(m3aeSizes), 'small'))
    .addOption(oneOf('--method <method>', 'what is trained', ['m3ae', 'mae'], 'm3ae'))
    .option('--batch <examples>', 'examples a step', upTo(limits.benchBatch), 4)
    .addOption(
      oneOf(
        '--recompute <what>',
        'what is computed again for the gradient instead of being kept',
        ['none', 'blocks'],
        'none',
      ),
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
    .addOption(oneOf('--device <device>', 'where the compiled engine runs', ['cpu', 'webgpu', 'cuda'], 'cpu'))
    .option('--steps <count>', 'timed steps', upTo(limits.benchSteps), 5)
    .option(
      '--warmup <count>',
      'steps before the timed ones; the first records and prepares the graph',
      upTo(limits.benchSteps),
      2,
    )
    .addOption(oneOf('--engine <engine>', 'what runs the step', engines, 'compiled'))
    .addOption(
      oneOf(
        '--precision <precision>',
        'of the matrix products of the compiled engine',
        ['float32', 'bf16', 'auto'],
        'float32',
      ),
    )
    .addOption(
      oneOf(
        '--kernels <kernels>',
        'operators of our own: those that change no bit, or all',
        ['exact', 'fast'],
        'exact',
      ),
    )
    .addOption(
      oneOf(
        '--mask-scope <scope>',
        'one mask for each example, or one for the batch',
        ['sample', 'batch'],
        'sample',
      ),
    )
    .option('--no-cache', 'record the graph anew, and do not keep it for the next start')
    .option('--keep-padding', 'compute padding too, whose results nothing reads')
    .option('--json', 'print one line of JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  $ npx @m3ae/trainer bench step --model small --batch 4 --threads 1 --json' +
        '\n  $ npx @m3ae/trainer bench step --batch 4 --accumulate 4 --threads 1,2 --replicas 1,2\n',
    )
    .action((options: StepCommandOptions) => runStepBench(options, program));
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
    .action((options: DataCommandOptions) => runDataBench(options, program));
}

function benchRanksCommand(): Command {
  return new Command('ranks')
    .description('Time what the ranks of a launcher exchange: copies, all-reduce, sums of gradients.')
    .option('--megabytes <count>', 'size of the gradient', upTo(limits.benchMegabytes), 300)
    .option('--json', 'print one line of JSON')
    .addHelpText('after', '\nExample:\n  $ mpirun -n 2 npx @m3ae/trainer bench ranks --json\n')
    .action((options: RanksCommandOptions) => runRanksBench(options, program));
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
