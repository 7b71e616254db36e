import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { pluralize, unusable } from '@m3ae/errors';
import { createNumberList } from '../content/packed-texts.js';
import { createListDataset } from '../create-dataset.js';
import type { Dataset } from '../dataset.js';
import { createTally, type Tally } from '../folder/fault-counter.js';
import type { DatasetNote, NoteCode } from '../notes.js';
import type { OnProgress } from '../progress.js';
import { collectRecords } from '../records/collect.js';
import { expandPaths } from '../source/expand-paths.js';
import { dottedField, pictureField, samplesOf } from './samples.js';
import { type ResolvedWebdatasetSpec, resolveWebdatasetSpec, type WebdatasetSpec } from './spec.js';
import { tarMembers } from './tar.js';
import { textsReader } from './texts.js';
import { unpacked } from './unpack.js';

/**
 * Opens tar archives of pictures, as WebDataset and img2dataset write them. Their headers and captions are read once;
 * pictures are read where they lie when they are asked for, in any order, so that shuffling is exact.
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
  const { paths, gaps } = await expandPaths([resolved.shards].flat());
  const index = await readShards(resolved, paths, onProgress);
  const { captions, captionEnds, labels, classNames, names, length, withoutCaption, withoutLabel } =
    index.columns;
  if (length === 0) {
    throw unusable(
      `${[resolved.shards].flat().join(', ')}: none of ${pluralize(paths.length, 'archive')} holds a picture. ${index.seen} Set imageKey to the ending of the pictures.`,
    );
  }
  if (labels && withoutLabel > 0)
    throw unusable(
      `${pluralize(withoutLabel, 'picture has', 'pictures have')} no class, and others have. Write a .cls for each.`,
    );
  const isPaired = captions.bytes.length > 0;
  const { notes: tallies } = index;
  const notes: DatasetNote[] = [
    note('missing-shard', { count: gaps.length, places: gaps.slice(0, 100) }),
    note('half-sample', tallies.half),
    note('dotted-name', tallies.dotted),
    note('repeated-key', tallies.repeated),
    note('missing-caption', { count: isPaired ? withoutCaption : 0, places: [] }),
  ].filter(({ count }) => count > 0);
  const facts = {
    name: `webdataset/${basename(paths[0]!)}${paths.length > 1 ? ` and ${paths.length - 1} more` : ''}`,
    kind: isPaired ? ('paired' as const) : ('image' as const),
    length,
    fingerprint: index.fingerprint,
    ...(labels && { labels, classNames }),
    notes,
  };
  const { files, places, starts, lengths } = index;
  const pictures = {
    type: 'ranges' as const,
    files,
    places,
    starts,
    lengths,
    names,
    maxPixels: resolved.maxPixels,
  };
  return createListDataset(facts, { type: 'list', captions, captionEnds, pictures });
}

function note(code: NoteCode, { count, places }: Pick<Tally, 'count' | 'places'>): DatasetNote {
  return { code, count, places };
}

async function readShards(
  spec: ResolvedWebdatasetSpec,
  paths: readonly string[],
  onProgress: OnProgress = () => {},
) {
  const records = collectRecords();
  const [places, starts, lengths] = [
    createNumberList(Int32Array),
    createNumberList(Float64Array),
    createNumberList(Float64Array),
  ];
  const notes = { half: createTally(), dotted: createTally(), repeated: createTally() };
  const hash = createHash('sha256');
  const files: string[] = [];
  const other = new Set<string>();
  for (const [at, path] of paths.entries()) {
    const file = await unpacked(path, spec.cacheFolder);
    files.push(file);
    hash.update(JSON.stringify([basename(path), (await stat(file)).size]));
    const readTexts = textsReader(file, path, spec);
    const keys = new Set<string>();
    for await (const sample of samplesOf(tarMembers(file))) {
      const place = `${path}, ${sample.key}`;
      if (keys.has(sample.key)) notes.repeated.add(place);
      keys.add(sample.key);
      const dotted = spec.imageKey === undefined ? dottedField(sample) : undefined;
      if (dotted !== undefined) notes.dotted.add(`${place}.${dotted}`);
      const field = pictureField(sample, spec.imageKey);
      if (field === undefined) {
        if (other.size < 10) for (const name of sample.fields.keys()) other.add(name);
        notes.half.add(place);
        continue;
      }
      const { start, length } = sample.fields.get(field)!;
      const texts = await readTexts(sample);
      records.add({ ...texts, name: `${sample.key}.${field}` });
      hash.update(JSON.stringify([sample.key, field, length, texts]));
      places.add(at);
      starts.add(start);
      lengths.add(length);
    }
    onProgress(at + 1, paths.length, 'Reading archives');
  }
  return {
    columns: records.finish(),
    files,
    places: places.finish(),
    starts: starts.finish(),
    lengths: lengths.finish(),
    notes,
    fingerprint: hash.digest('hex'),
    seen:
      other.size === 0 ? 'They are empty.' : `They hold ${[...other].map((name) => `.${name}`).join(', ')}.`,
  };
}
