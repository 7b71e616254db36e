import type { ContentReader } from './reader.js';

/** Reads some examples of a dataset: `indices` names them. */
export function subsetReader(reader: ContentReader, indices: Int32Array): ContentReader {
  const own = (index: number): number => indices[index]!;
  return {
    caption: (index) => reader.caption(own(index)),
    ...(reader.drawCaption && { drawCaption: (index, key) => reader.drawCaption!(own(index), key) }),
    ...(reader.captions && { captions: (index) => reader.captions!(own(index)) }),
    image: (index, stored) => reader.image(own(index), stored),
    ...(reader.imageBytes && { imageBytes: (index, near) => reader.imageBytes!(own(index), near) }),
    ...(reader.group && { group: (index) => reader.group!(own(index)) }),
    describe: (index) => reader.describe(own(index)),
    ...(reader.file && { file: (index) => reader.file!(own(index)) }),
  };
}
