import { countUpTo, typedValue } from '@m3ae/errors/rules';
import { requireWritableFile, writeWhole } from '@m3ae/checkpoint/files';
import { placeSpecFaults } from '@m3ae/datasets';
import { inspectionLines, inspectSources } from '@m3ae/prepare';
import { inspectionPage } from '@m3ae/report';
import { Command } from 'commander';
import { limits } from '../config/limits.js';
import { settingsOf, withSettings } from '../config/overrides.js';
import { createProgress } from '@m3ae/logging';
import { collect } from './config-of.js';

interface CommandOptions {
  readonly out: string;
  readonly pictures: string;
  readonly set: readonly string[];
  readonly quiet?: boolean;
  readonly json?: boolean;
}

async function run(sources: readonly string[], options: CommandOptions): Promise<void> {
  const { out, set, quiet = false, json = false } = options;
  const pictures = typedValue('--pictures', options.pictures, countUpTo(limits.examples));
  requireWritableFile(out);
  const progress = createProgress({ quiet: quiet || json });
  const specs = withSettings(sources, set);
  const inspection = await placeSpecFaults('data.source', settingsOf(set), () =>
    inspectSources(specs, { pictures }, (task, done, total) => progress.part(task, done, total)),
  );
  writeWhole(out, inspectionPage(inspection));
  if (json) return void process.stdout.write(`${JSON.stringify(inspection)}\n`);
  [...inspectionLines(inspection), `The page: ${out}`].forEach((line) => progress.say(line));
}

/** The command `m3ae data inspect`. */
export function dataInspectCommand(): Command {
  return new Command('inspect')
    .description(
      'Look at sources as they are: sizes, captions, classes, problems and examples, as one HTML page.',
    )
    .argument('<in...>', 'addresses of sources, e.g. folder:photos, jsonl:captions.jsonl, webdataset:*.tar')
    .option('--out <file>', 'the page to write', 'data.html')
    .option('--pictures <count>', 'pictures that are read, spread evenly', '10000')
    .option(
      '--set <path=value>',
      'a setting of every source, e.g. data.source.captions=none; may be repeated',
      collect,
      [],
    )
    .option('--quiet', 'print nothing but errors')
    .option('--json', 'print what was found as one JSON object and nothing else')
    .addHelpText('after', '\nExample:\n  $ npx @m3ae/trainer data inspect folder:photos --out photos.html')
    .action(run);
}
