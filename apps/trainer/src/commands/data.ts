import { type Command, InvalidArgumentError } from 'commander';
import { requireWritableFile, writeWhole } from '@m3ae/checkpoint/files';
import { createProgress } from '@m3ae/logging';
import { countUpTo, typedValue } from '@m3ae/errors/rules';
import { placeSpecFaults, withSettings } from '@m3ae/datasets';
import {
  inspectionLines,
  inspectSources,
  pictureFormats,
  prepareDataset,
  preparedLines,
  type PrepareOptions,
  shardFormats,
} from '@m3ae/prepare';
import { inspectionPage } from '@m3ae/report';
import { InvalidInput, isInvalidInput } from '@m3ae/errors';
import { limits } from '../config/limits.js';
import { configOf } from '../config/load.js';
import { declare, oneOf, printing, repeated, settings as ofConfig } from './declare.js';

interface DataOptions {
  readonly set: readonly string[];
  readonly quiet?: boolean;
  readonly json?: boolean;
}

type InspectOptions = DataOptions & { readonly out: string; readonly pictures: string };

async function runInspect(sources: readonly string[], options: InspectOptions): Promise<void> {
  const { out, set, quiet = false, json = false } = options;
  const pictures = typedValue('--pictures', options.pictures, countUpTo(limits.examples));
  requireWritableFile(out);
  const progress = createProgress({ quiet: quiet || json });
  const { specs, settings } = withSettings(sources, set);
  const inspection = await placeSpecFaults('data.source', settings, () =>
    inspectSources(specs, { pictures }, (task, done, total) => progress.part(task, done, total)),
  );
  writeWhole(out, inspectionPage(inspection));
  if (json) return void process.stdout.write(`${JSON.stringify(inspection)}\n`);
  [...inspectionLines(inspection), `The page: ${out}`].forEach((line) => progress.say(line));
}

/** An option that is any number; its range is checked with all other options. */
const number = (description: string) => ({
  description,
  parse(text: string) {
    const value = Number(text);
    if (text.trim() !== '' && Number.isFinite(value)) return value;
    throw new InvalidArgumentError('It must be a number.');
  },
});

/** The option as it is typed, e.g. `--min-side` for `minSide`. */
const flagOf = (name: string) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

async function runPrepare(sources: readonly string[], options: PrepareOptions & DataOptions): Promise<void> {
  const { set, quiet = false, json = false, ...rest } = options;
  const progress = createProgress({ quiet, json });
  const { specs, settings } = withSettings(sources, set);
  const prepared = await placeSpecFaults('data.source', settings, () =>
    prepareDataset(specs, rest, (task, done, total) => progress.part(task, done, total)),
  ).catch((error: unknown) => {
    if (!isInvalidInput(error)) throw error;
    const { faults, head } = error;
    const typed = faults.map((fault) =>
      fault.path in options ? { ...fault, path: flagOf(fault.path) } : fault,
    );
    throw new InvalidInput(typed, { head, cause: error });
  });
  preparedLines(prepared).forEach((line) => progress.say(line));
  if (prepared.index !== null) progress.fact('prepared', prepared.index);
}

type SheetOptions = DataOptions & { readonly sheet: string };

async function runData(config: string, { set, sheet, quiet, json }: SheetOptions): Promise<void> {
  const checked = await configOf(config, set);
  requireWritableFile(sheet);
  // Loaded only now: what draws the sheet takes a while that --help should not.
  const { inspectData } = await import('../run/inspect-data.js');
  await inspectData(checked, sheet, createProgress({ quiet, json }));
}

const sources = {
  '<in...>': 'addresses of sources, e.g. folder:photos, jsonl:captions.jsonl, webdataset:*.tar',
} as const;
const ofSources = {
  '--set <path=value>': repeated('a setting of every source, e.g. data.source.captions=none'),
  ...printing,
} as const;

export function dataCommand(): Command {
  const whole = declare('data', {
    description:
      'Look at the data of a config, as a model sees them: counts, unreadable files, statistics, a sheet of samples.',
    arguments: { '<config>': 'a .ts, .js or .json file, or a preset, e.g. emoji-tiny' },
    options: {
      ...ofConfig,
      '--sheet <file>': ['where to write the sheet of samples', 'data-samples.png'],
      ...printing,
    },
    examples: ['data emoji-tiny --sheet samples.png'],
    load: async () => runData,
  });
  const prepare = declare('prepare', {
    description: 'Write pictures and captions as shards: filtered, made smaller, with checksums and a card.',
    arguments: sources,
    options: {
      '--out <folder>': {
        description: 'the folder to write; a killed command goes on where it was',
        required: true,
      },
      '--to <kind>': oneOf(shardFormats, 'files to write', 'webdataset'),
      '--shorter-side <pixels>': number('make larger pictures smaller, to this length of the shorter side'),
      '--format <format>': oneOf(
        pictureFormats,
        'of pictures that are made smaller, or are no JPEG, PNG or WebP',
      ),
      '--quality <percent>': number('of such pictures as JPEG and WebP; 95 by default'),
      '--shard-megabytes <size>': number('million bytes of a file; 256 by default'),
      '--shuffle-seed <seed>': number('shuffle by this number; without it the order stays'),
      '--partition <name>': 'what stands before the names of arrays in HDF5 files, e.g. train',
      '--min-side <pixels>': number('least length of the shorter side'),
      '--max-aspect <ratio>': number('longest side over shortest, at most'),
      '--min-caption-words <count>': number('least words of a caption; from 1 on a picture needs one'),
      '--max-caption-words <count>': number('most words of a caption'),
      '--min-letter-share <share>': number('least share of letters in a caption'),
      '--max-word-share <share>': number('largest share of one word in a caption'),
      '--duplicate-bits <bits>': number(
        'drop pictures whose hashes differ in at most this many of 64 bits, 0 to 3',
      ),
      ...ofSources,
    },
    examples: [
      'data prepare folder:photos --out data/photos --shorter-side 256 --min-side 64 --duplicate-bits 2',
    ],
    load: async () => runPrepare,
  });
  const inspect = declare('inspect', {
    description:
      'Look at sources as they are: sizes, captions, classes, problems and examples, as one HTML page.',
    arguments: sources,
    options: {
      '--out <file>': ['the page to write', 'data.html'],
      '--pictures <count>': ['pictures that are read, spread evenly', '10000'],
      ...ofSources,
      '--json': 'print what was found as one JSON object and nothing else',
    },
    examples: ['data inspect folder:photos --out photos.html'],
    load: async () => runInspect,
  });
  // What follows a word such as "prepare" is its own.
  return whole.enablePositionalOptions().addCommand(prepare).addCommand(inspect);
}
