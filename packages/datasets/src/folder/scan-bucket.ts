import { unusable } from '@m3ae/errors';
import { listObjects } from '../bytes/list-s3.js';
import type { FolderListing } from './scan.js';

/**
 * Lists what lies under an address of a bucket; names that start with a dot are left out, as in a folder.
 *
 * @param path - `s3://bucket/folder`.
 * @throws InvalidInput if nothing lies there, or it is an address of the web, where nobody can list files.
 */
export async function scanBucket(path: string): Promise<FolderListing> {
  if (!/^s3:/i.test(path)) {
    throw unusable(
      `${path} must be a folder of this machine or of a bucket (s3://), as a web server lists no files. Name a table of its pictures, e.g. csv:${path}/captions.csv.`,
    );
  }
  const root = `${path.replace(/\/+$/, '')}/`;
  const files: string[] = [];
  for await (const { address } of listObjects(root)) {
    const name = address.slice(root.length);
    if (name !== '' && !name.split('/').some((part) => part === '' || part.startsWith('.'))) files.push(name);
  }
  if (files.length === 0) throw unusable(`The folder ${path} holds no objects. Check the address.`);
  return { root, files: files.sort(), unfollowed: [], broken: [], cycles: [] };
}
