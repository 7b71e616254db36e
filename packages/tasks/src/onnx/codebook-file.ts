import { invalidField, listSome, prefixFaults } from '@m3ae/errors';
import { type FileTensor, type FileTensors, readNumpy, readTensors } from '@m3ae/weights';
import { fileSource } from '@m3ae/weights/files';
import { readOnnxInitializers } from '@m3ae/weights/onnx';

/** Which table of which file is a tokenizer's code book, [codes, dim]. */
export interface CodebookFile {
  /** Of weights: safetensors, PyTorch, ONNX, or a NumPy array. */
  readonly file: string;
  /** Its name in there; needed where several tables fit. */
  readonly tensor?: string;
}

/** The tensors of a file by their names; that of a NumPy file has none. */
function tensorsIn(file: string, source: ReturnType<typeof fileSource>['source']): FileTensors {
  if (file.endsWith('.onnx')) return readOnnxInitializers(source);
  return file.endsWith('.npy') ? new Map([['', readNumpy(source)]]) : readTensors(source);
}

/** Uses a code book while its file is open; `codes`, its rows, tell it from other tables where they are known. */
export function useCodebook<Result>(
  { file, tensor }: CodebookFile,
  codes: number | undefined,
  use: (table: FileTensor) => Result,
): Result {
  if (tensor !== undefined && file.endsWith('.npy')) {
    const rule = 'left out with a NumPy file, which holds one array';
    throw invalidField('tensor', rule, tensor, 'Leave it out.');
  }
  const { source, close } = prefixFaults('file', () => fileSource(file));
  try {
    const tensors = prefixFaults('file', () => tensorsIn(file, source));
    const fits = ({ shape }: FileTensor) => shape.length === 2 && (codes === undefined || shape[0] === codes);
    const fitting = [...tensors].filter(([, table]) => fits(table));
    const found = tensor === undefined && fitting.length === 1 ? fitting[0]![1] : tensors.get(tensor ?? '');
    if (found !== undefined) return use(found);
    const names = tensor === undefined ? fitting.map(([name]) => name) : [...tensors.keys()];
    const rule =
      names.length > 0 ? `one of ${listSome(names)}` : `that of a table${codes ? ` of ${codes} rows` : ''}`;
    throw invalidField('tensor', rule, tensor ?? 'nothing', `Choose it among those of ${file}.`);
  } finally {
    close();
  }
}

/**
 * The number of codes of a tokenizer, which the rows of its code book tell.
 *
 * @param known - As far as it was given; it tells the table from others.
 * @throws InvalidInput if the code book cannot be read, or no table of it fits.
 */
export const codesOfBook = (codebook: CodebookFile, known?: number): number =>
  useCodebook(codebook, known, ({ shape: [rows] }) => rows!);
