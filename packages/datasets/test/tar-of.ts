const block = 512;

/** A plain tar archive of files by name, as POSIX describes it. */
export function tarOf(files: readonly (readonly [name: string, bytes: Uint8Array])[]): Buffer {
  const members = files.flatMap(([name, bytes]) => {
    const header = Buffer.alloc(block);
    header.write(name, 0);
    header.write('0000644\0', 100);
    header.write(`${bytes.length.toString(8).padStart(11, '0')}\0`, 124);
    header.write('0'.repeat(11), 136);
    header.write('        0', 148); // the checksum counts as spaces; then the kind
    header.write('ustar\u000000', 257);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    return [header, bytes, Buffer.alloc((block - (bytes.length % block)) % block)];
  });
  return Buffer.concat([...members, Buffer.alloc(2 * block)]);
}
