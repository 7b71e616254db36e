import { invalidField, isRecord, listSome, prefixFaults } from '@m3ae/errors';
import { type FileTensor, type FileTensors, readNumpy, readTensors } from '@m3ae/weights';
import { fileSource } from '@m3ae/weights/files';
import { readOnnxInitializers } from '@m3ae/weights/onnx';

/** Which table of which file is a tokenizer's code book. */
export interface CodebookFile {
  readonly file: string;
  readonly tensor?: string;
}

const path = 'image.tokenizer.codebook';

/** The tensors of a file by their names; that of a NumPy file has none. */
function tensorsIn(file: string, source: ReturnType<typeof fileSource>['source']): FileTensors {
  if (file.endsWith('.onnx')) return readOnnxInitializers(source);
  return file.endsWith('.npy') ? new Map([['', readNumpy(source)]]) : readTensors(source);
}

/**
 * Uses a code book, [codes, dim], while its file is open.
 *
 * @param codes - Its rows, where they are known: they tell it from other tables.
 */
export function useCodebook<Result>(
  { file, tensor }: CodebookFile,
  codes: number | undefined,
  use: (table: FileTensor) => Result,
): Result {
  if (tensor !== undefined && file.endsWith('.npy')) {
    const rule = 'left out with a NumPy file, which holds one array';
    throw invalidField(`${path}.tensor`, rule, tensor, 'Leave it out.');
  }
  const { source, close } = prefixFaults(`${path}.file`, () => fileSource(file));
  try {
    const tensors = prefixFaults(`${path}.file`, () => tensorsIn(file, source));
    const fits = ({ shape }: FileTensor) => shape.length === 2 && (codes === undefined || shape[0] === codes);
    const fitting = [...tensors].filter(([, table]) => fits(table));
    const found = tensor === undefined && fitting.length === 1 ? fitting[0]![1] : tensors.get(tensor ?? '');
    if (found !== undefined) return use(found);
    const names = tensor === undefined ? fitting.map(([name]) => name) : [...tensors.keys()];
    const rule =
      names.length > 0 ? `one of ${listSome(names)}` : `that of a table${codes ? ` of ${codes} rows` : ''}`;
    throw invalidField(`${path}.tensor`, rule, tensor ?? 'nothing', `Choose it among those of ${file}.`);
  } finally {
    close();
  }
}

/**
 * A config with the number of its image tokenizer's codes, which the rows of a code book tell; what has no code book stays.
 *
 * @param given - What a config file exports, not yet checked.
 * @throws InvalidInput if it gives another number, or the code book cannot be read.
 */
export function withCodes(given: unknown): unknown {
  if (!isRecord(given) || !isRecord(given.image) || !isRecord(given.image.tokenizer)) return given;
  const { tokenizer } = given.image;
  const { codebook, codes } = tokenizer;
  if (!isRecord(codebook) || typeof codebook.file !== 'string') return given;
  const { file, tensor } = codebook;
  if (tensor !== undefined && typeof tensor !== 'string') return given;
  const known = typeof codes === 'number' ? codes : undefined;
  const [rows] = useCodebook({ file, tensor }, known, ({ shape }) => shape);
  if (known !== undefined && known !== rows)
    throw invalidField('image.tokenizer.codes', `${rows}, the rows of ${file}`, known, 'Leave it out.');
  return { ...given, image: { ...given.image, tokenizer: { ...tokenizer, codes: codes ?? rows } } };
}
