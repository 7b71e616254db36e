import {
  type BenchProgram,
  type DataCommandOptions,
  type RanksCommandOptions,
  runDataBench,
  runRanksBench,
  runStepBench,
  type StepCommandOptions,
} from '@m3ae/bench';
import type { Command } from 'commander';
import { throwFaults } from '@m3ae/errors';
import { availableMemory } from '@m3ae/runs';
import { checkMemory } from '@m3ae/tasks';
import { m3aeSizes, resolveM3aeConfig } from '@m3ae/transformer';
import { limits } from '../config/limits.js';
import { resolveConfig } from '../config/resolve.js';
import { engines, graphCache } from '../run/engine.js';
import { versions } from '../run/versions.js';
import { declare, oneOf, programName, upTo, wholeUpTo } from './declare.js';

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

/** An option that is a whole number, or several with commas between. */
const listOf = (description: string) => ({
  description: `${description}; several give a table`,
  parse: (text: string) => text.split(',').map(wholeUpTo(limits.threads)),
  usual: [1],
});

const inJson = { '--json': 'print one line of JSON' } as const;

function benchStepCommand(): Command {
  return declare('step', {
    description:
      'Time the full training step: forward, backward, clipping and AdamW, with new masks each step.',
    options: {
      '--model <size>': oneOf(Object.keys(m3aeSizes), 'size of the model', 'small'),
      '--method <method>': oneOf(['m3ae', 'mae'], 'what is trained', 'm3ae'),
      '--batch <examples>': upTo(limits.benchBatch, 'examples a step', 4),
      '--recompute <what>': oneOf(
        ['none', 'blocks'],
        'what is computed again for the gradient instead of being kept',
        'none',
      ),
      '--accumulate <count>': upTo(limits.benchBatch, 'micro-batches that the examples are cut into', 1),
      '--threads <counts>': listOf('threads of the compiled engine, for each replica'),
      '--replicas <counts>': listOf('micro-batches computed at a time'),
      '--device <device>': oneOf(['cpu', 'webgpu', 'cuda'], 'where the compiled engine runs', 'cpu'),
      '--steps <count>': upTo(limits.benchSteps, 'timed steps', 5),
      '--warmup <count>': upTo(
        limits.benchSteps,
        'steps before the timed ones; the first records and prepares the graph',
        2,
      ),
      '--engine <engine>': oneOf(engines, 'what runs the step', 'compiled'),
      '--precision <precision>': oneOf(
        ['float32', 'bf16', 'auto'],
        'of the matrix products of the compiled engine',
        'float32',
      ),
      '--kernels <kernels>': oneOf(
        ['exact', 'fast'],
        'operators of our own: those that change no bit, or all',
        'exact',
      ),
      '--mask-scope <scope>': oneOf(
        ['sample', 'batch'],
        'one mask for each example, or one for the batch',
        'sample',
      ),
      '--no-cache': 'record the graph anew, and do not keep it for the next start',
      '--keep-padding': 'compute padding too, whose results nothing reads',
      ...inJson,
    },
    examples: [
      'bench step --model small --batch 4 --threads 1 --json',
      'bench step --batch 4 --accumulate 4 --threads 1,2 --replicas 1,2',
    ],
    load: async () => (options: StepCommandOptions) => runStepBench(options, program),
  });
}

function benchDataCommand(): Command {
  return declare('data', {
    description: 'Count pictures a second through decode, crop, resize and normalize, and captions a second.',
    options: {
      '--pictures <count>': upTo(limits.benchPictures, 'JPEG pictures of 500x400 to make', 256),
      '--source <address>': 'pictures to read instead, e.g. webdataset:shards/*.tar',
      '--size <pixels>': upTo(limits.pictureSide, 'side of the pictures that a model would see', 256),
      '--seconds <count>': upTo(limits.benchSeconds, 'least time of each measurement', 3),
      ...inJson,
    },
    examples: ['bench data --json'],
    load: async () => (options: DataCommandOptions) => runDataBench(options, program),
  });
}

function benchRanksCommand(): Command {
  return declare('ranks', {
    description: 'Time what the ranks of a launcher exchange: copies, all-reduce, sums of gradients.',
    options: { '--megabytes <count>': upTo(limits.benchMegabytes, 'size of the gradient', 300), ...inJson },
    notes: { after: `Example:\n  $ mpirun -n 2 ${programName} bench ranks --json` },
    load: async () => (options: RanksCommandOptions) => runRanksBench(options, program),
  });
}

export function benchCommand(): Command {
  return declare('bench', {
    description: 'Measure speed and memory on this machine.',
    examples: ['bench step --model small --threads 2', 'bench data'],
  })
    .addCommand(benchStepCommand())
    .addCommand(benchDataCommand())
    .addCommand(benchRanksCommand());
}
