import type { Command } from 'commander';
import { limits } from '../config/limits.js';
import { type CommandWords, declare, oneOf, printing, repeated, settings, upTo } from './declare.js';

const commands: Readonly<Record<string, CommandWords>> = {
  pretrain: {
    description: 'Pre-train a model from a config; end with an evaluation and a report.',
    arguments: { '<config>': 'a .ts, .js or .json file, or a preset, e.g. emoji-tiny' },
    options: {
      '--set <path=value>': repeated('change one setting, e.g. train.steps=20'),
      '--seed <number>': 'the same as --set seed=<number>',
      '--out <folder>': 'the run folder; by default runs/<name of the config>',
      '--resume': 'go on from the newest checkpoint, where there is one',
      '--overwrite': 'remove an earlier run in the folder, once the new one has done a step',
      '--allow-config-change':
        'let a resumed run differ in settings that change no result, e.g. log.everySteps',
      '--allow-lost-lines':
        'let a resumed run go on although lines of its logs, e.g. metrics.jsonl, are lost or damaged',
      '--no-cache': 'record the graph of the step anew, and do not keep it for the next start',
      '--dry-run': 'print the resolved config, parameters, memory and steps, and stop',
      ...printing,
      '--json': 'print one JSON object a line instead of a progress bar',
    },
    examples: [
      'pretrain emoji-tiny',
      'pretrain emoji-tiny --set train.steps=200 --out runs/short',
      'pretrain m3ae-small --set data.source.path=./photos --resume',
    ],
    notes: { after: 'The presets: npx @m3ae/trainer configs' },
    load: async () => (await import('./run-pretrain.js')).runPretrain,
  },
  plan: {
    description: 'Tell what a training would take on 1 to 1,024 ranks: memory, time, bytes, days and cost.',
    arguments: { '<config>': 'a .ts, .js or .json file, or a preset, e.g. m3ae-base' },
    options: {
      ...settings,
      '--calibration <file>': repeated('what bench step, ranks or data printed with --json'),
      '--figure <name=number>': repeated('a figure of the machine, over the measured one'),
      '--examples <count>': upTo(limits.plannedExamples, 'training examples, where the data is not here'),
      '--ranks <count>': upTo(limits.plannedRanks, 'the most ranks of the table', 1024),
      '--order <order>': oneOf(['fixed', 'fast'], 'how gradients are summed', 'fixed'),
      '--json': 'print one JSON object',
    },
    notes: {
      before: `Figures: flopsPerSecond, memoryBandwidth, bandwidth (bytes a second), latency (seconds), spread (a share),
loaderRate (examples a second), fullSpeedRanks, pricePerHour (of one rank).

Measure a machine first: bench step --json > step.json, and on two ranks bench ranks --json > ranks.json.`,
    },
    examples: [
      'plan m3ae-base --examples 12000000 --calibration step.json --calibration ranks.json --figure pricePerHour=0.05',
    ],
    load: async () => (await import('./run-plan.js')).runPlan,
  },
  convert: {
    description: 'Writes a run, or weights that others trained, for another program.',
    arguments: {
      '<in>': 'a run folder, one checkpoint folder in it, or a file or folder of weights',
      '<out>': 'the file to write; with --to huggingface or onnx the folder',
    },
    options: {
      '--to <form>': { description: 'safetensors, official, huggingface or onnx', required: true },
      '--dtype <type>': ['of safetensors: float32, float16 or bfloat16', 'float32'],
      '--set <path=value>': repeated('what a file of weights does not say, e.g. model.heads=12'),
      '--quiet': printing['--quiet'],
    },
    examples: [
      'convert m3ae_base.pkl m3ae_base --to huggingface',
      'convert runs/emoji-tiny emoji-tiny.pkl --to official',
      'convert runs/emoji-tiny emoji-tiny --to onnx',
    ],
    load: async () => (await import('./run-convert.js')).runConvert,
  },
  study: {
    description:
      'Run a list of pre-trainings and evaluations; go on where it stopped; write tables and plots.',
    arguments: { '[config]': 'a study config, a file or a preset; by default study-emoji' },
    options: {
      '--out <folder>': 'the study folder; by default studies/<name of the study>',
      '--quick': 'the short form of the study: few seeds, tables and steps',
      '--only <tables>': 'ids of tables, e.g. methods,pairedShare; only what they need is run',
      '--seeds <numbers>': 'other seeds than the config, e.g. 0,1',
      '--jobs <number>': 'how many parts run at once',
      '--threads <number>': 'threads of each part',
      '--set <path=value>': repeated('change one setting of every pre-training'),
      '--dry-run': 'list the parts, which are done, and the time the rest will take',
      '--report': 'run nothing; write results, tables, plots and the page from what is done',
      '--markdown <file>': 'also write the tables between the markers of this file',
      ...printing,
    },
    examples: [
      'study --quick                 methods and paired share at one seed',
      'study study-emoji --jobs 2    all of it; Ctrl-C stops, the same line goes on',
      'study study-emoji --only ood --dry-run',
    ],
    notes: {
      after: 'A part that is done is never run again: delete its file in STUDY/parts to do it anew.',
    },
    load: async () => (await import('./run-study.js')).runStudyCommand,
  },
};

/** Commands that make a model, plan or compare trainings, or write a model for another program. */
export const modelCommand = (name: 'pretrain' | 'plan' | 'convert' | 'study'): Command =>
  declare(name, commands[name]!);
