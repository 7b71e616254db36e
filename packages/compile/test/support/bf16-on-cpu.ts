import type { onnx as Onnx } from 'onnx-proto';
import * as node from 'onnxruntime-node';
import type { OnnxRuntime } from '../../src/index.js';
import { onnx } from '../../src/ir/to-onnx.js';

/** Numbers of ONNX's element types. */
const types = { float32: 1, bfloat16: 16 } as const;

const cast = (from: string, to: string, type: number): Onnx.INodeProto => ({
  opType: 'Cast',
  input: [from],
  output: [to],
  attribute: [{ name: 'to', type: onnx.AttributeProto.AttributeType.INT, i: type }],
});

const isCast = ({ opType, attribute }: Onnx.INodeProto, type: number) =>
  opType === 'Cast' && Number(attribute![0]!.i) === type;

/**
 * A graph for CUDA with bf16 products, for a CPU that has none: the same elements in float32. What is cast to bfloat16 is cast back at once; of
 * products that are given such, results are rounded too.
 */
function withoutBf16(model: Uint8Array): Uint8Array {
  const decoded: Onnx.IModelProto = onnx.ModelProto.decode(model);
  const low = new Set<string>();
  const nodes = decoded.graph!.node!.flatMap((each): Onnx.INodeProto[] => {
    const [input = ''] = each.input!;
    const [output = ''] = each.output!;
    const isRounded = isCast(each, types.bfloat16);
    const isProduct = each.opType!.endsWith('MatMul') && low.has(input);
    if (isRounded || (low.has(input) && !isCast(each, types.float32)))
      for (const name of each.output!) low.add(name);
    if (isRounded)
      return [cast(input, `${output}/low`, types.bfloat16), cast(`${output}/low`, output, types.float32)];
    if (!isProduct) return [each];
    return [
      { ...each, output: [`${output}/exact`] },
      cast(`${output}/exact`, `${output}/low`, types.bfloat16),
      cast(`${output}/low`, output, types.float32),
    ];
  });
  return onnx.ModelProto.encode({ ...decoded, graph: { ...decoded.graph, node: nodes } }).finish();
}

/** Runs graphs for CUDA on the CPU, node by node as they stand there; `models` receives them as they came. */
export const bf16OnCpu = (models: Uint8Array[] = []): OnnxRuntime => ({
  ...node,
  InferenceSession: {
    create: (model, options) => {
      models.push(model);
      const onCpu = { ...options, executionProviders: ['cpu'], graphOptimizationLevel: 'disabled' } as const;
      return node.InferenceSession.create(withoutBf16(model), onCpu);
    },
  },
});
