import { open } from 'node:fs/promises';
import type { PreparedExample } from '../read-example.js';
import type { ShardWriter } from './shard-writer.js';

const block = 512;

/** Two empty blocks end an archive, which is filled up to a whole record. */
const recordBytes = 20 * block;

/** The header of a file as POSIX has it ("ustar"): readable by all, of nobody, of no date, so that the bytes are always the same. */
function headerOf(name: string, length: number): Buffer {
  const header = Buffer.alloc(block);
  const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, '0')}\0`;
  header.write(name, 0);
  header.write(octal(0o644, 7), 100);
  header.write(octal(0, 7), 108);
  header.write(octal(0, 7), 116);
  header.write(octal(length, 11), 124);
  header.write(octal(0, 11), 136);
  header.write('        0', 148); // spaces for the checksum, then the type: a file
  header.write('ustar\x0000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

function fileIn(name: string, content: Uint8Array | string): Buffer[] {
  const bytes = Buffer.from(content); // of either kind: both are copied
  return [headerOf(name, bytes.length), bytes, Buffer.alloc((block - (bytes.length % block)) % block)];
}

/** The files of an example: picture, caption as text where there is one, and the rest as JSON. */
function filesOf({ index, place, picture, ending, captions, label, group }: PreparedExample): Buffer[] {
  const key = String(index).padStart(9, '0');
  const several = captions.length > 1;
  const rest = {
    ...(several && { caption: captions }),
    ...(label !== undefined && { label }),
    ...(group !== undefined && { group }),
    source: place,
  };
  return [
    ...fileIn(`${key}.${ending}`, picture),
    ...(captions.length === 1 ? fileIn(`${key}.txt`, captions[0]!) : []),
    ...fileIn(`${key}.json`, `${JSON.stringify(rest)}\n`),
  ];
}

/** Starts a tar archive as WebDataset reads it. */
export async function openTarShard(path: string): Promise<ShardWriter> {
  const file = await open(path, 'wx');
  let length = 0;
  const write = async (parts: readonly Buffer[]) => {
    const bytes = Buffer.concat(parts);
    length += bytes.length;
    await file.writeFile(bytes); // where the last one ended
  };
  return {
    add: (example) => write(filesOf(example)),
    async close() {
      const end = Math.ceil((length + 2 * block) / recordBytes) * recordBytes;
      await write([Buffer.alloc(end - length)]).finally(() => file.close());
    },
  };
}
