import { createHash } from 'node:crypto';
import { pluralize, unusable } from '@m3ae/errors';
import { keptFacts, unpackedCopy } from '../bytes/cache.js';
import { usualChunk } from '../bytes/chunks.js';
import { type ByteFile, datasetName, nameOf, storedOf } from '../bytes/file.js';
import { lookUpFile } from '../bytes/open-file.js';
import { createNumberList } from '../content/packed-texts.js';
import { captionNotes, classFault, collectRecords, recordFacts } from '../content/records.js';
import { amountToKeep, endsOfPlaces } from '../content/shards.js';
import { createListDataset } from '../create-dataset.js';
import type { Dataset, OnProgress } from '../dataset.js';
import { refuseAbsentKeys } from '../folder/columns.js';
import { joinNotes } from '../folder/encoding.js';
import { createTally, type DatasetNote, noteOf } from '../notes.js';
import { type ResolvedWebdatasetSpec, resolveWebdatasetSpec, type WebdatasetSpec } from '../packed-specs.js';
import { findFiles, type FoundFiles } from '../source/find-files.js';
import { readReachable, unreachableNotes } from '../source/unreachable.js';
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
  const index = await readShards(resolved, found, onProgress);
  const total = found.files.length + found.unreachable.length;
  const notReached = unreachableNotes(index.unreachable, total, resolved.maxBadShare);
  const { captions, captionEnds, groups, names, length } = index.columns;
  if (length === 0) {
    throw unusable(
      `${[resolved.shards].flat().join(', ')}: none of ${pluralize(total, 'archive')} holds a picture. ${index.seen} Set imageKey to the ending of the pictures.`,
    );
  }
  const unlabeled = classFault(index.columns, 'Write a .cls for each.');
  if (unlabeled) throw unusable(unlabeled);
  const { notes: tallies } = index;
  const notes = [
    ...notReached,
    ...index.invalid,
    noteOf('missing-shard', { count: gaps.length, places: gaps }),
    noteOf('half-sample', tallies.half),
    noteOf('dotted-name', tallies.dotted),
    noteOf('repeated-key', tallies.repeated),
    ...captionNotes(index.columns),
  ].filter(({ count }) => count > 0);
  const { files, places, starts, lengths } = index;
  const { window, maxPixels } = resolved;
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  const facts = {
    ...recordFacts(index.columns),
    name: datasetName('webdataset', files[0]!, total),
    fingerprint: index.fingerprint,
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

/**
 * Reads the headers and texts of archives, several at once; the result is in their order.
 *
 * @throws InvalidInput if an archive is damaged, or a key names nothing in any of them.
 */
async function readShards(
  spec: ResolvedWebdatasetSpec,
  found: FoundFiles,
  onProgress: OnProgress = () => {},
) {
  const records = collectRecords();
  const places = createNumberList(Int32Array);
  const [starts, lengths] = [createNumberList(Float64Array), createNumberList(Float64Array)];
  const notes = { half: createTally(), dotted: createTally(), repeated: createTally() };
  const invalid: DatasetNote[] = [];
  const unreachable = [...found.unreachable];
  const hash = createHash('sha256');
  const files: ByteFile[] = [];
  const other = new Set<string>();
  const met = new Set<string>();
  const about = [indexFormat, spec.imageKey, spec.captionKey, spec.labelKey, spec.groupKey];
  const read = async (archive: ByteFile) => {
    const isPacked = /\.(tgz|gz)$/i.test(nameOf(archive));
    const file = isPacked ? await lookUpFile(await unpackedCopy(archive, spec.cacheFolder)) : archive;
    // Reading a server's archives takes hours where there are many: a run that goes on does not do it again.
    const index = await keptFacts(archive, about, spec.cacheFolder, () =>
      indexShard(file!, archive.address, spec),
    );
    return { file: file!, index };
  };
  const onRead = (done: number, total: number) => onProgress(done, total, 'Reading archives');
  for await (const shard of readReachable(found.files, read, unreachable, onRead)) {
    const { file: archive } = shard;
    const { file, index } = shard.read;
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
