import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rename, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { makeFolder, partName } from '@m3ae/checkpoint/files';
import { messageOf, unusable } from '@m3ae/errors';

/**
 * The archive itself, or where a compressed one has been unpacked to: pictures are read where they lie, which a compressed
 * file does not allow. It is unpacked once, piece by piece, and its name appears when it is whole.
 */
export async function unpacked(path: string, cacheFolder: string): Promise<string> {
  if (!/\.(tgz|gz)$/i.test(path)) return resolve(path);
  const { size, mtimeMs } = await stat(path);
  const id = createHash('sha256')
    .update(JSON.stringify([resolve(path), size, mtimeMs]))
    .digest('hex');
  const target = resolve(
    cacheFolder,
    `${basename(path).replace(/\.(tgz|tar\.gz|gz)$/i, '')}-${id.slice(0, 12)}.tar`,
  );
  if (await stat(target).then(Boolean, () => false)) return target;
  makeFolder(cacheFolder);
  const part = partName(join(cacheFolder, basename(target)));
  try {
    await pipeline(createReadStream(path), createGunzip(), createWriteStream(part));
  } catch (error) {
    throw unusable(
      `${path} cannot be unpacked: ${messageOf(error)}. Fetch it again, or free space in ${cacheFolder}.`,
      { cause: error },
    );
  }
  await rename(part, target);
  return target;
}
