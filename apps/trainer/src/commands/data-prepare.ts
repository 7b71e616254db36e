import { placeSpecFaults } from '@m3ae/datasets';
import { InvalidInput, isInvalidInput } from '@m3ae/errors';
import {
  pictureFormats,
  prepareDataset,
  preparedLines,
  type PrepareOptions,
  shardFormats,
} from '@m3ae/prepare';
import { Command, InvalidArgumentError, Option } from 'commander';
import { settingsOf, withSettings } from '../config/overrides.js';
import { createProgress } from '@m3ae/logging';
import { collect } from './config-of.js';

type CommandOptions = PrepareOptions & {
  readonly set: readonly string[];
  readonly quiet?: boolean;
  readonly json?: boolean;
};

/** Any number; its range is checked with all other options. */
function number(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value)) return value;
  throw new InvalidArgumentError('It must be a number.');
}

/** The option as it is typed, e.g. `--min-side` for `minSide`. */
const flagOf = (name: string) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

async function run(sources: readonly string[], options: CommandOptions): Promise<void> {
  const { set, quiet = false, json = false, ...rest } = options;
  const progress = createProgress({ quiet, json });
  const specs = withSettings(sources, set);
  const prepared = await placeSpecFaults('data.source', settingsOf(set), () =>
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

/** The command `m3ae data prepare`. */
export function dataPrepareCommand(): Command {
  return new Command('prepare')
    .description('Write pictures and captions as shards: filtered, made smaller, with checksums and a card.')
    .argument('<in...>', 'addresses of sources, e.g. folder:photos, jsonl:captions.jsonl, webdataset:*.tar')
    .requiredOption('--out <folder>', 'the folder to write; a killed command goes on where it was')
    .addOption(new Option('--to <kind>', 'files to write').choices(shardFormats).default('webdataset'))
    .option(
      '--shorter-side <pixels>',
      'make larger pictures smaller, to this length of the shorter side',
      number,
    )
    .addOption(
      new Option(
        '--format <format>',
        'of pictures that are made smaller, or are no JPEG, PNG or WebP',
      ).choices(pictureFormats),
    )
    .option('--quality <percent>', 'of such pictures as JPEG and WebP; 95 by default', number)
    .option('--shard-megabytes <size>', 'million bytes of a file; 256 by default', number)
    .option('--shuffle-seed <seed>', 'shuffle by this number; without it the order stays', number)
    .option('--partition <name>', 'what stands before the names of arrays in HDF5 files, e.g. train')
    .option('--min-side <pixels>', 'least length of the shorter side', number)
    .option('--max-aspect <ratio>', 'longest side over shortest, at most', number)
    .option('--min-caption-words <count>', 'least words of a caption; from 1 on a picture needs one', number)
    .option('--max-caption-words <count>', 'most words of a caption', number)
    .option('--min-letter-share <share>', 'least share of letters in a caption', number)
    .option('--max-word-share <share>', 'largest share of one word in a caption', number)
    .option(
      '--duplicate-bits <bits>',
      'drop pictures whose hashes differ in at most this many of 64 bits, 0 to 3',
      number,
    )
    .option(
      '--set <path=value>',
      'a setting of every source, e.g. data.source.captions=none; may be repeated',
      collect,
      [],
    )
    .option('--quiet', 'print nothing but errors')
    .option('--json', 'print one JSON object a line')
    .addHelpText(
      'after',
      '\nExample:\n  $ npx @m3ae/trainer data prepare folder:photos --out data/photos --shorter-side 256 --min-side 64 --duplicate-bits 2',
    )
    .action(run);
}
