import type { PrepareOptions } from '../options.js';
import type { PreparedExample } from '../read-example.js';
import { openHdf5Shard } from './hdf5.js';
import { openTarShard } from './tar.js';

/** Writes the examples of one shard. */
export interface ShardWriter {
  add(example: PreparedExample): Promise<void>;
  /** Ends the file, which is whole then. */
  close(): Promise<void>;
}

/** What all shards of a data set have in common. */
export interface ShardLayout {
  /** Names of the classes; absent where there are none. */
  readonly classNames?: readonly string[];
  readonly hasGroups: boolean;
  /** What stands before the names of arrays, in files that have such. */
  readonly partition: string | null;
}

/** A kind of shard. */
export interface ShardKind {
  /** Ending of its files, with its dot. */
  readonly ending: string;
  /** @param path - Of a file that is not there. */
  open(path: string, layout: ShardLayout): Promise<ShardWriter>;
}

/** The kinds, by the option that names them; a library is loaded where its kind is written. */
export const shardKinds: Readonly<Record<PrepareOptions['to'], ShardKind>> = {
  webdataset: { ending: '.tar', open: openTarShard },
  parquet: {
    ending: '.parquet',
    open: async (path, layout) => (await import('./parquet.js')).openParquetShard(path, layout),
  },
  hdf5: { ending: '.h5', open: openHdf5Shard },
};
