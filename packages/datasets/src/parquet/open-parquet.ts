import { createHash } from 'node:crypto';
import { basename, dirname, relative, resolve } from 'node:path';
import { listSome, pluralize, unusable } from '@m3ae/errors';
import { createNumberList, createTextPacker } from '../content/packed-texts.js';
import { createListDataset } from '../create-dataset.js';
import type { Dataset } from '../dataset.js';
import { oneLine } from '../folder/caption-row.js';
import { columnsOf, foundNames } from '../folder/columns.js';
import type { OnProgress } from '../progress.js';
import { collectRecords } from '../records/collect.js';
import { expandPaths } from '../source/expand-paths.js';
import type { ListContent } from '../state.js';
import { columnsIn, openParquetFile, type ParquetFile, readRows } from './files.js';
import { type ParquetSpec, type ResolvedParquetSpec, resolveParquetSpec } from './spec.js';

const rowsAtATime = 4096;

/**
 * Opens Parquet files. Captions and classes are read at once; pictures with their row group when they are asked for, in any
 * order.
 *
 * @param onProgress - Told how many files are read.
 * @throws InvalidInput if an option is unknown or out of range, a file is missing or damaged, or has no column of pictures.
 *
 * @example
 * ```ts
 * const photos = await openParquet({ kind: 'parquet', files: 'data/train-*.parquet' });
 * ```
 */
export async function openParquet(spec: ParquetSpec, onProgress: OnProgress = () => {}): Promise<Dataset> {
  const resolved = resolveParquetSpec(spec);
  const { paths } = await expandPaths([resolved.files].flat());
  const first = await layoutOf(await openParquetFile(paths[0]!), resolved);
  const records = collectRecords();
  const [places, rows] = [createNumberList(Int32Array), createNumberList(Int32Array)];
  const pictureFiles = createTextPacker();
  const hash = createHash('sha256');
  for (const [place, path] of paths.entries()) {
    const file = await openParquetFile(path);
    const layout = await layoutOf(file, resolved);
    if (layout.image !== first.image || layout.isPath !== first.isPath)
      throw unusable(`${path} must have the columns of ${paths[0]}; it has others. Open them one by one.`);
    hash.update(JSON.stringify([basename(path), file.file.byteLength]));
    const wanted = [layout.caption, layout.label, ...(layout.isPath ? [layout.image] : [])];
    const columns = wanted.filter((name) => name !== undefined);
    const total = Number(file.metadata.num_rows);
    for (let start = 0; start < total; start += rowsAtATime) {
      const end = Math.min(total, start + rowsAtATime);
      const block =
        columns.length > 0
          ? await readRows(file, columns, start, end)
          : Array.from({ length: end - start }, () => ({}));
      block.forEach((record: Readonly<Record<string, unknown>>, at) => {
        const texts = textsOf(record, layout);
        const name = layout.isPath
          ? textOf(record[layout.image])!
          : `${basename(path)}, row ${start + at + 1}`;
        records.add({ ...texts, name });
        hash.update(JSON.stringify([name, texts]));
        if (layout.isPath) pictureFiles.add(relative(process.cwd(), resolve(dirname(path), name)));
        places.add(place);
        rows.add(start + at);
      });
    }
    onProgress(place + 1, paths.length, 'Reading archives');
  }
  const { captions, captionEnds, labels, classNames, length, names, withoutCaption, withoutLabel } =
    records.finish();
  if (length === 0) throw unusable(`${paths[0]} holds no rows.`);
  if (labels && withoutLabel > 0)
    throw unusable(
      `${pluralize(withoutLabel, 'picture has', 'pictures have')} no class, and others have. Fill the column.`,
    );
  const isPaired = captions.bytes.length > 0;
  const { maxPixels } = resolved;
  const pictures: ListContent['pictures'] = first.isPath
    ? {
        type: 'files',
        folder: process.cwd(),
        files: pictureFiles.finish(),
        places: Int32Array.from({ length }, (_, at) => at),
        maxPixels,
      }
    : {
        type: 'parquet',
        files: paths.map((path) => resolve(path)),
        column: first.image,
        places: places.finish(),
        rows: rows.finish(),
        names,
        maxPixels,
      };
  const facts = {
    name: `parquet/${basename(paths[0]!)}${paths.length > 1 ? ` and ${paths.length - 1} more` : ''}`,
    kind: isPaired ? ('paired' as const) : ('image' as const),
    length,
    fingerprint: hash.digest('hex'),
    ...(labels && { labels, classNames }),
    notes: [
      ...(first.called === ''
        ? []
        : [{ code: 'guessed-columns' as const, count: 1, detail: first.called, places: [paths[0]!] }]),
      ...(isPaired && withoutCaption > 0
        ? [{ code: 'missing-caption' as const, count: withoutCaption, places: [] }]
        : []),
    ],
  };
  return createListDataset(facts, { type: 'list', captions, captionEnds, pictures });
}

interface Layout {
  readonly image: string;
  /** Whether the column holds paths from the folder of the file, and not the pictures. */
  readonly isPath: boolean;
  readonly caption?: string;
  readonly label?: string;
  /** What the numbers of the class column mean, where the hub's metadata tell. */
  readonly classes?: readonly string[];
  readonly called: string;
}

async function layoutOf({ path, metadata }: ParquetFile, keys: ResolvedParquetSpec): Promise<Layout> {
  const columns = columnsIn(metadata);
  const names = [...columns.keys()];
  const found = columnsOf(names, keys);
  const held = names.find((name) => columns.get(name) !== 'other');
  const image = names[found.image] ?? (keys.imageKey === undefined ? held : undefined);
  if (image === undefined) {
    const wanted = keys.imageKey === undefined ? 'a column of pictures' : `the column ${keys.imageKey}`;
    throw unusable(
      `${path} must have ${wanted}; it has ${listSome(names)}. Set imageKey to the one that holds them.`,
    );
  }
  const label = names[found.label];
  return {
    image,
    isPath: columns.get(image) === 'other',
    caption: names[found.caption],
    label,
    classes: label === undefined ? undefined : classesOf(metadata, label),
    called: foundNames(names, { ...found, image: names.indexOf(image) }),
  };
}

/** Names of classes as the Hugging Face library writes them beside the data. */
function classesOf(metadata: ParquetFile['metadata'], label: string): readonly string[] | undefined {
  const text = metadata.key_value_metadata?.find(({ key }) => key === 'huggingface')?.value;
  if (text === undefined) return undefined;
  const whole = JSON.parse(text) as { info?: { features?: Record<string, { names?: unknown }> } };
  const names = whole.info?.features?.[label]?.names;
  return Array.isArray(names) ? names.map(String) : undefined;
}

function textOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  return value instanceof Uint8Array
    ? Buffer.from(value).toString('utf8')
    : String(value as string | number | bigint);
}

function textsOf(record: Readonly<Record<string, unknown>>, { caption, label, classes }: Layout) {
  const value = caption === undefined ? undefined : record[caption];
  const captions = (Array.isArray(value) ? value : [value]).map(textOf).filter((text) => text !== undefined);
  const number = label === undefined ? undefined : textOf(record[label]);
  return {
    captions: captions.map(oneLine),
    label: number === undefined ? undefined : (classes?.[Number(number)] ?? number),
  };
}
