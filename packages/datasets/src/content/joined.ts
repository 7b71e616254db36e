import type { ContentReader } from './reader.js';

/** Reads several datasets as one: the first's examples, then the second's, and so on; a reader for each part. */
export function joinedReader(
  { parts }: { readonly parts: readonly { readonly length: number }[] },
  readers: readonly ContentReader[],
): ContentReader {
  const starts = parts.map((_, at) => parts.slice(0, at).reduce((sum, { length }) => sum + length, 0));
  const locate = (index: number): [ContentReader, number] => {
    const at = starts.filter((start) => start <= index).length - 1;
    return [readers[at]!, index - starts[at]!];
  };
  return {
    caption(index) {
      const [reader, own] = locate(index);
      return reader.caption(own);
    },
    ...(readers.some(({ drawCaption }) => drawCaption) && {
      drawCaption(index, key) {
        const [reader, own] = locate(index);
        return reader.drawCaption?.(own, key) ?? reader.caption(own);
      },
    }),
    ...(readers.some(({ captions }) => captions) && {
      captions(index) {
        const [reader, own] = locate(index);
        return reader.captions?.(own) ?? [reader.caption(own)];
      },
    }),
    image(index, stored) {
      const [reader, own] = locate(index);
      return reader.image(own, stored);
    },
    ...(readers.some(({ imageBytes }) => imageBytes) && {
      async imageBytes(index, near) {
        const [reader, own] = locate(index);
        return reader.imageBytes?.(own, near);
      },
    }),
    ...(readers.some(({ group }) => group) && {
      group(index) {
        const [reader, own] = locate(index);
        return reader.group?.(own);
      },
    }),
    ...(readers.some(({ file }) => file) && {
      file(index) {
        const [reader, own] = locate(index);
        return reader.file?.(own);
      },
    }),
    describe(index) {
      const [reader, own] = locate(index);
      return reader.describe(own);
    },
  };
}
