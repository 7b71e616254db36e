/** What a TIFF says of its samples. */
export interface TiffSamples {
  readonly bits: number;
  /** 1: unsigned, 2: signed, 3: floating point. */
  readonly format: 1 | 2 | 3;
  readonly channels: number;
  /** Samples in rows: [height, width, channels]. */
  readonly samples: ArrayBufferView;
}

/** An uncompressed TIFF 4 wide and 2 high, written byte by byte after the specification (revision 6.0, section 8). */
export function tiffOf({ bits, format, channels, samples }: TiffSamples): Uint8Array {
  const short = 3;
  const long = 4;
  const each = (value: number): number[] => new Array<number>(channels).fill(value);
  const extra = channels > 3 ? [[338, short, new Array<number>(channels - 3).fill(0)] as const] : [];
  const fields: (readonly [tag: number, type: number, values: readonly number[]])[] = [
    [256, long, [4]], // width
    [257, long, [2]], // height
    [258, short, each(bits)],
    [259, short, [1]], // no compression
    [262, short, [channels < 3 ? 1 : 2]], // black is zero, or RGB
    [273, long, [0]], // where the samples begin: filled in below
    [277, short, [channels]],
    [278, long, [2]], // rows of the only strip
    [279, long, [samples.byteLength]],
    ...extra,
    [339, short, each(format)],
  ];
  const head = 8 + 2 + 12 * fields.length + 4;
  const long4 = fields.filter(([, type, values]) => values.length * (type === short ? 2 : 4) > 4);
  const strip = head + long4.reduce((sum, [, , values]) => sum + values.length * 2, 0);
  const bytes = new Uint8Array(strip + samples.byteLength);
  const view = new DataView(bytes.buffer);
  bytes.set([0x49, 0x49, 42, 0, 8, 0, 0, 0]); // little-endian, the directory begins at byte 8
  view.setUint16(8, fields.length, true);
  let behind = head;
  fields.forEach(([tag, type, values], at) => {
    const entry = 10 + 12 * at;
    view.setUint16(entry, tag, true);
    view.setUint16(entry + 2, type, true);
    view.setUint32(entry + 4, values.length, true);
    if (type === long) {
      view.setUint32(entry + 8, tag === 273 ? strip : values[0]!, true);
    } else if (values.length > 2) {
      view.setUint32(entry + 8, behind, true);
      values.forEach((value, i) => view.setUint16(behind + 2 * i, value, true));
      behind += 2 * values.length;
    } else {
      values.forEach((value, i) => view.setUint16(entry + 8 + 2 * i, value, true));
    }
  });
  bytes.set(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength), strip);
  return bytes;
}
