import { createHash } from 'node:crypto';
import { keptFacts, nameOf, unpackedCopy } from '../bytes/cache.js';
import { type ByteFile, storedOf } from '../bytes/file.js';
import { lookUpFile } from '../bytes/open-file.js';
import { Unreachable, unreachableOf } from '../bytes/retry.js';
import { createNumberList } from '../content/packed-texts.js';
import { refuseAbsentKeys } from '../folder/columns.js';
import { createTally } from '../folder/fault-counter.js';
import { streamInOrder } from '../loader/stream.js';
import { joinNotes } from '../folder/count-encodings.js';
import type { DatasetNote } from '../notes.js';
import type { OnProgress } from '../progress.js';
import { collectRecords } from '../records/collect.js';
import { indexFormat, indexShard } from './index-shard.js';
import type { ResolvedWebdatasetSpec } from './spec.js';

/** Archives that are read at a time; their samples are held until those before are there. */
const parallelShards = 4;

/**
 * Reads the headers and texts of archives, several at once; the result is in their order.
 *
 * @throws InvalidInput if an archive is damaged, or a key names nothing in any of them.
 */
export async function readShards(
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
