import { createHash } from 'node:crypto';
import { pluralize, unusable } from '@m3ae/errors';
import { checkOptions, record } from '@m3ae/errors/rules';
import { nameOf, keptFacts, unpackedCopy } from '../bytes/cache.js';
import { usualChunk } from '../bytes/chunks.js';
import { areEmpty, createNumberList } from '../content/packed-texts.js';
import { amountToKeep, endsOfPlaces } from '../content/shards.js';
import { createListDataset } from '../create-dataset.js';
import type { Dataset, OnProgress } from '../dataset.js';
import { type Tally, createTally, type DatasetNote, type NoteCode } from '../notes.js';
import { findFiles, unreachableNotes } from '../source/find-files.js';
import {
  type ResolvedShardOptions,
  type ShardOptions,
  shardRules,
  usualShuffle,
  cacheFolderRule,
  filesRule,
  kindRule,
} from '../spec-rules.js';
import { type ByteFile, storedOf } from '../bytes/file.js';
import { lookUpFile } from '../bytes/open-file.js';
import { Unreachable, unreachableOf } from '../bytes/retry.js';
import { refuseAbsentKeys } from '../folder/columns.js';
import { streamInOrder } from '../parallel.js';
import { joinNotes } from '../folder/encoding.js';
import { collectRecords } from '../content/records.js';
import { indexFormat, indexShard } from './index-shard.js';

/**
 * Opens tar archives of pictures, as WebDataset and img2dataset write them. Their headers and captions are read once;
 * pictures are read where they lie when they are asked for, in any order.
 *
 * @param onProgress - Told how many archives are read.
 * @throws InvalidInput if an option is unknown or out of range, no archive is there, or one is damaged or holds links.
 *
 * @example
 * ```ts
 * const photos = await openWebdataset({ kind: 'webdataset', shards: 'cc12m/{00000..00099}.tar' });
 * ```
 */
export async function openWebdataset(spec: WebdatasetSpec, onProgress?: OnProgress): Promise<Dataset> {
  const resolved = resolveWebdatasetSpec(spec);
  const found = await findFiles([resolved.shards].flat());
  const { gaps } = found;
  const index = await readShards(resolved, found.files, onProgress);
  const unreachable = [...found.unreachable, ...index.unreachable];
  const total = found.files.length + found.unreachable.length;
  const notReached = unreachableNotes(unreachable, total, resolved.maxBadShare);
  const { captions, captionEnds, groups, labels, classNames, names, length, withoutCaption, withoutLabel } =
    index.columns;
  if (length === 0) {
    throw unusable(
      `${[resolved.shards].flat().join(', ')}: none of ${pluralize(total, 'archive')} holds a picture. ${index.seen} Set imageKey to the ending of the pictures.`,
    );
  }
  if (labels && withoutLabel > 0)
    throw unusable(
      `${pluralize(withoutLabel, 'picture has', 'pictures have')} no class, and others have. Write a .cls for each.`,
    );
  const isPaired = !areEmpty(captions);
  const { notes: tallies } = index;
  const notes: DatasetNote[] = [
    ...notReached,
    ...index.invalid,
    note('missing-shard', { count: gaps.length, places: gaps.slice(0, 100) }),
    note('half-sample', tallies.half),
    note('dotted-name', tallies.dotted),
    note('repeated-key', tallies.repeated),
    note('missing-caption', { count: isPaired ? withoutCaption : 0, places: [] }),
  ].filter(({ count }) => count > 0);
  const { files, places, starts, lengths } = index;
  const { window, maxPixels } = resolved;
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  const facts = {
    name: `webdataset/${nameOf(index.files[0]!)}${total > 1 ? ` and ${total - 1} more` : ''}`,
    kind: isPaired ? ('paired' as const) : ('image' as const),
    length,
    fingerprint: index.fingerprint,
    ...(labels && { labels, classNames }),
    ...(resolved.shuffle === 'window' && { shards: { ends: endsOfPlaces(places, files.length), window } }),
    notes,
  };
  const pictures = {
    type: 'ranges' as const,
    files,
    places,
    starts,
    lengths,
    names,
    nearBytes: amountToKeep(window, bytes / length, usualChunk),
    maxPixels,
  };
  return createListDataset(facts, { type: 'list', captions, captionEnds, groups, pictures });
}

function note(code: NoteCode, { count, places }: Pick<Tally, 'count' | 'places'>): DatasetNote {
  return { code, count, places };
}

/** Tar archives as WebDataset and img2dataset write them: `KEY.jpg` and `KEY.txt`, `KEY.json` or `KEY.cls` next to it. */
export interface WebdatasetSpec extends ShardOptions {
  readonly kind: 'webdataset';
  /**
   * The archives, `.tar`, `.tar.gz` or `.tgz`: paths or addresses (`https://`, `s3://`), with `{000..099}`, `{a,b}`, `*` and
   * `**`.
   */
  readonly shards: string | readonly string[];
  /** Where compressed archives are unpacked to, and where the index of those on servers is kept. Default `.cache/m3ae/shards`. */
  readonly cacheFolder?: string;
}

/** A {@link WebdatasetSpec} with every option filled in. */
export type ResolvedWebdatasetSpec = Required<Pick<WebdatasetSpec, 'kind' | 'shards' | 'cacheFolder'>> &
  ResolvedShardOptions;

const defaultCache = '.cache/m3ae/shards';

const webdatasetRule = record({
  kind: kindRule('webdataset'),
  shards: filesRule('Write e.g. "shards/{000..099}.tar".'),
  cacheFolder: cacheFolderRule(defaultCache),
  ...shardRules,
});

/**
 * Fills in the defaults.
 *
 * @throws InvalidInput listing every option that is unknown or out of range.
 */
export function resolveWebdatasetSpec(spec: WebdatasetSpec): ResolvedWebdatasetSpec {
  const resolved = checkOptions(webdatasetRule, spec);
  return { ...resolved, shuffle: resolved.shuffle ?? usualShuffle(resolved.shards) };
}

/** Archives that are read at a time; their samples are held until those before are there. */
const parallelShards = 4;

/**
 * Reads the headers and texts of archives, several at once; the result is in their order.
 *
 * @throws InvalidInput if an archive is damaged, or a key names nothing in any of them.
 */
async function readShards(
  spec: ResolvedWebdatasetSpec,
  archives: readonly ByteFile[],
  onProgress: OnProgress = () => {},
) {
  const records = collectRecords();
  const places = createNumberList(Int32Array);
  const [starts, lengths] = [createNumberList(Float64Array), createNumberList(Float64Array)];
  const notes = { half: createTally(), dotted: createTally(), repeated: createTally() };
  const invalid: DatasetNote[] = [];
  const unreachable: Unreachable[] = [];
  const hash = createHash('sha256');
  const files: ByteFile[] = [];
  const other = new Set<string>();
  const met = new Set<string>();
  const about = [indexFormat, spec.imageKey, spec.captionKey, spec.labelKey, spec.groupKey];
  let done = 0;
  const read = async (archive: ByteFile) => {
    const isPacked = /\.(tgz|gz)$/i.test(nameOf(archive));
    const file = isPacked ? await lookUpFile(await unpackedCopy(archive, spec.cacheFolder)) : archive;
    // Reading a server's archives takes hours where there are many: a run that goes on does not do it again.
    const index = await keptFacts(archive, about, spec.cacheFolder, () =>
      indexShard(file!, archive.address, spec),
    );
    return { file: file!, index };
  };
  const reading = streamInOrder(archives, (archive) => read(archive).catch(unreachableOf), parallelShards);
  for await (const shard of reading) {
    const archive = archives[done]!;
    onProgress(++done, archives.length, 'Reading archives');
    if (shard instanceof Unreachable) {
      unreachable.push(shard);
      continue;
    }
    const { file, index } = shard;
    hash.update(JSON.stringify([nameOf(archive), file.size]));
    for (const { key, field, start, length, texts } of index.samples) {
      records.add({ ...texts, name: `${key}.${field}` });
      hash.update(JSON.stringify([key, field, length, texts]));
      places.add(files.length);
      starts.add(start);
      lengths.add(length);
    }
    for (const name of index.names) met.add(name);
    invalid.push(index.invalid);
    for (const name of index.other) if (other.size < 10) other.add(name);
    for (const kind of ['half', 'dotted', 'repeated'] as const)
      index[kind].forEach((key) => notes[kind].add(`${archive.address}, ${key}`));
    files.push(file);
  }
  // An ending that no picture has leaves none to read, which is told with what is there.
  refuseAbsentKeys('the archives', { ...spec, imageKey: undefined }, [...met]);
  const seen = [...other].map((name) => `.${name}`).join(', ');
  return {
    columns: records.finish(),
    files: files.map(storedOf),
    places: places.finish(),
    starts: starts.finish(),
    lengths: lengths.finish(),
    notes,
    invalid: joinNotes(invalid),
    unreachable,
    fingerprint: hash.digest('hex'),
    seen: seen === '' ? 'They are empty.' : `They hold ${seen}.`,
  };
}
