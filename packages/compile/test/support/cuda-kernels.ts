import type { onnx as Onnx } from 'onnx-proto';
import { onnx } from '../../src/ir/to-onnx.js';

/**
 * Kernels of ONNX Runtime's CUDA provider: operator, operator sets, types of operands > of results, and what the letters stand for among the types that
 * our graphs have. The last operand and result may stand for several.
 *
 * From docs/OperatorKernels.md of microsoft/onnxruntime, commit 001d12d2623fd411ce0f83d05abb5e82304a3389, the table of CUDAExecutionProvider.
 */
const table = `
  Abs 13+ T > T; T bfloat16 float32 int32 int64
  Add 14+ T T > T; T bfloat16 float32 int32 int64
  And 7+ T T > T; T bool
  ArgMax 13+ T > int64; T float32
  ArgMin 13+ T > int64; T float32
  Cast 13-18 T > U; T bfloat16 bool float32 int32 int64; U bfloat16 bool float32 int32 int64
  Ceil 13+ T > T; T float32
  Clip 13+ T T T > T; T float32 int64
  Concat 13+ T > T; T bfloat16 bool float32 int32 int64
  Cos 7+ T > T; T float32
  CumSum 14+ T U > T; T float32 int32 int64; U int32 int64
  Div 14+ T T > T; T bfloat16 float32 int32 int64
  Einsum 12+ T > T; T float32
  Elu 6+ T > T; T float32
  Equal 13+ T T > bool; T bool float32 int32 int64
  Erf 13+ T > T; T bfloat16 float32
  Exp 13+ T > T; T bfloat16 float32
  Expand 13+ T int64 > T; T bfloat16 bool float32 int32 int64
  Floor 13+ T > T; T float32
  Gather 13+ T U > T; T bfloat16 bool float32 int32 int64; U int32 int64
  GatherElements 13+ T U > T; T bfloat16 bool float32 int32 int64; U int32 int64
  GatherND 13+ T int64 > T; T bfloat16 bool float32 int64
  Greater 13+ T T > bool; T float32 int32 int64
  GreaterOrEqual 16+ T T > bool; T float32 int32 int64
  Identity 14-18 T > T; T bfloat16 bool float32 int32 int64
  IsInf 10-19 T > bool; T float32
  IsNaN 13-19 T > bool; T bfloat16 float32
  LayerNormalization 17+ T T T > T float32; T bfloat16 float32
  LeakyRelu 16+ T > T; T float32
  Less 13+ T T > bool; T float32 int32 int64
  LessOrEqual 16+ T T > bool; T float32 int32 int64
  Log 13+ T > T; T float32
  LogSoftmax 13+ T > T; T float32
  MatMul 13+ T T > T; T bfloat16 float32
  Max 13+ T > T; T bfloat16 float32 int32 int64
  Min 13+ T > T; T bfloat16 float32 int32 int64
  Mod 13+ T T > T; T bfloat16 float32 int32 int64
  Mul 14+ T T > T; T bfloat16 float32 int32 int64
  Neg 13+ T > T; T bfloat16 float32 int32 int64
  Not 1+ T > T; T bool
  Or 7+ T T > T; T bool
  PRelu 16+ T T > T; T float32
  Pad 18+ T int64 T U > T; T bool float32; U int32 int64
  Pow 15+ T U > T; T bfloat16 float32 int32 int64; U bfloat16 float32 int32 int64
  Reciprocal 13+ T > T; T float32
  ReduceMax 18+ T int64 > T; T float32 int32 int64
  ReduceMean 18+ T int64 > T; T float32 int32
  ReduceMin 18+ T int64 > T; T float32 int32 int64
  ReduceProd 18+ T int64 > T; T float32 int32
  ReduceSum 13+ T int64 > T; T bfloat16 float32 int32 int64
  ReduceSumSquare 18+ T int64 > T; T float32
  Relu 14+ T > T; T bfloat16 float32
  Reshape 14-18 T int64 > T; T bfloat16 bool float32 int32 int64
  Round 11+ T > T; T float32
  ScatterElements 18+ T U T > T; T bfloat16 bool float32 int32 int64; U int32 int64
  ScatterND 18+ T int64 T > T; T bfloat16 bool float32 int32 int64
  Selu 6+ T > T; T float32
  Sigmoid 13+ T > T; T bfloat16 float32
  Sign 13+ T > T; T bfloat16 float32 int32 int64
  Sin 7+ T > T; T float32
  Slice 13+ T U > T; T bfloat16 bool float32 int32 int64; U int32 int64
  Softmax 13+ T > T; T bfloat16 float32
  Softplus 1+ T > T; T float32
  Split 18+ T int64 > T; T bfloat16 bool float32 int32 int64
  Sqrt 13+ T > T; T bfloat16 float32
  Squeeze 13-20 T int64 > T; T bfloat16 bool float32 int32 int64
  Sub 14+ T T > T; T bfloat16 float32 int32 int64
  Tanh 13+ T > T; T bfloat16 float32
  Tile 13+ T int64 > T; T bfloat16 float32 int32 int64
  TopK 11+ T int64 > T int64; T float32 int32 int64
  Transpose 13-20 T > T; T bfloat16 bool float32 int32 int64
  Unsqueeze 13-20 T int64 > T; T bfloat16 bool float32 int32 int64
  Where 16+ bool T T > T; T bfloat16 float32 int32 int64
  Xor 7+ T T > T; T bool
  com.microsoft.FastGelu 1+ T T > T; T bfloat16 float32
  com.microsoft.FusedMatMul 1+ T T > T; T bfloat16 float32
  com.microsoft.Gelu 1+ T > T; T bfloat16 float32
`;

interface Kernel {
  readonly since: number;
  readonly until: number;
  readonly operands: readonly string[];
  readonly results: readonly string[];
  readonly letters: ReadonlyMap<string, readonly string[]>;
}

const kernels = new Map<string, Kernel>(
  table
    .trim()
    .split('\n')
    .map((line) => {
      const [signature = '', ...letters] = line.trim().split('; ');
      const [head = '', results = ''] = signature.split(' > ');
      const [op = '', range = '', ...operands] = head.split(' ');
      const [since, until = Infinity] = range.replace('+', '').split('-').map(Number);
      const types = new Map(
        letters.map((each) => [each[0]!, each.slice(2).split(' ')] as [string, string[]]),
      );
      return [op, { since: since!, until, operands, results: results.split(' '), letters: types }];
    }),
);

/** ONNX's numbers of element types. */
const names = new Map([
  [1, 'float32'],
  [6, 'int32'],
  [7, 'int64'],
  [9, 'bool'],
  [16, 'bfloat16'],
]);

/**
 * What of a model ONNX Runtime would leave to the CPU beside CUDA: each kind of node without a kernel for its element types, and each that computes
 * int64 elements, as those of shapes, which it moves there itself.
 */
export function leftToCpu(model: Uint8Array): string[] {
  const { graph, opsetImport }: Onnx.IModelProto = onnx.ModelProto.decode(model);
  const opsets = new Map(opsetImport!.map(({ domain, version }) => [domain ?? '', Number(version)]));
  const types = new Map<string, string | undefined>();
  for (const { name, dataType } of graph!.initializer!) types.set(name!, names.get(dataType!));
  for (const { name, type } of graph!.input!) types.set(name!, names.get(type!.tensorType!.elemType!));
  const left = new Set<string>();
  for (const { opType, domain, input, output, attribute } of graph!.node!) {
    const given = input!.map((name) => (name === '' ? undefined : types.get(name)));
    const kernel = kernels.get(domain ? `${domain}.${opType}` : opType!);
    const described = `${opType}(${given.map((type) => type ?? '').join()})`;
    const opset = opsets.get(domain ?? '')!;
    if (kernel === undefined || kernel.since > opset || kernel.until < opset) {
      left.add(described);
      continue;
    }
    const bound = new Map<string, string>();
    const fits = given.every((type, i) => {
      const letter = kernel.operands[Math.min(i, kernel.operands.length - 1)]!;
      if (type === undefined) return true; // left out
      if (!kernel.letters.has(letter)) return letter === type;
      if (!bound.has(letter)) bound.set(letter, type);
      return bound.get(letter) === type && kernel.letters.get(letter)!.includes(type);
    });
    if (opType === 'Cast') bound.set('U', names.get(Number(attribute![0]!.i))!);
    output!.forEach((name, i) => {
      const letter = kernel.results[Math.min(i, kernel.results.length - 1)]!;
      types.set(name, bound.get(letter) ?? letter);
    });
    if (!fits || output!.some((name) => types.get(name) === 'int64')) left.add(described);
  }
  return [...left].sort();
}
