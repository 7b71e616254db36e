import { listSome, unusable } from '@m3ae/errors';
import { columnsOf, foundNames, refuseAbsentKeys } from '../folder/columns.js';
import { columnsIn, type ParquetFile } from './files.js';
import type { ResolvedParquetSpec } from './spec.js';

/** Which columns of a file hold what. */
export interface Layout {
  readonly image: string;
  /** Whether the column holds paths from the folder of the file, and not the pictures. */
  readonly isPath: boolean;
  readonly caption?: string;
  readonly label?: string;
  readonly group?: string;
  /** What the numbers of the class column mean, where the hub's metadata tell. */
  readonly classes?: readonly string[];
  readonly called: string;
}

/** @throws InvalidInput if no column holds pictures, or a key names none. */
export function layoutOf({ path, metadata }: ParquetFile, keys: ResolvedParquetSpec): Layout {
  const columns = columnsIn(metadata);
  const names = [...columns.keys()];
  refuseAbsentKeys(path, keys, names);
  const found = columnsOf(names, keys);
  const held = names.find((name) => columns.get(name) !== 'other');
  const image = names[found.image] ?? held;
  if (image === undefined) {
    throw unusable(
      `${path} must have a column of pictures; it has ${listSome(names)}. Set imageKey to the one that holds them.`,
    );
  }
  const label = names[found.label];
  return {
    image,
    isPath: columns.get(image) === 'other',
    caption: names[found.caption],
    label,
    group: names[found.group],
    classes: label === undefined ? undefined : classesOf(metadata, label),
    called: foundNames(names, { ...found, image: names.indexOf(image) }),
  };
}

/** Names of classes as the Hugging Face library writes them beside the data; none where they cannot be read. */
function classesOf(metadata: ParquetFile['metadata'], label: string): readonly string[] | undefined {
  const text = metadata.key_value_metadata?.find(({ key }) => key === 'huggingface')?.value;
  if (text === undefined) return undefined;
  let names: unknown;
  try {
    const whole: { info?: { features?: Record<string, { names?: unknown }> } } | null = JSON.parse(text);
    names = whole?.info?.features?.[label]?.names;
  } catch {
    return undefined;
  }
  return Array.isArray(names) ? names.map(String) : undefined;
}
