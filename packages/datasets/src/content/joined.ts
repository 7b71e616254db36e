import type { DatasetState, JoinedContent } from '../state.js';
import type { ContentReader } from './reader.js';

/** Reads several datasets as one: the first's examples, then the second's, and so on. */
export function joinedReader(
  { parts }: JoinedContent,
  readerOf: (state: DatasetState) => ContentReader,
): ContentReader {
  const readers = parts.map(readerOf);
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
    image(index) {
      const [reader, own] = locate(index);
      return reader.image(own);
    },
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
