// Running a function as one graph
export { compile, type CompiledFunction, type CompileStats } from './compile.js';
export { type CompileOptions, engineRules } from './options.js';
export { resolvePrecision } from './run/choose-binding.js';
export type { GraphCache } from './run/prepared-graph.js';
export type { HostArgument, HostArguments, HostLeaf, HostResult } from './arguments.js';
export type { Device, OnnxRuntime } from './run/runtime.js';
export { DeviceLost } from './run/device-loss.js';

// Results that stay where they were computed
export { DeviceArray, type DeviceMemory, disposeArrays, isDeviceArray, readArrays } from './device-array.js';

// Running it operation by operation
export { eager, type EagerFunction, type EagerOptions } from './eager.js';
export type { EagerBackend } from './eager-backends.js';

// Running functions of a program by one engine
export { createRunner, type Program, type Runner, type RunnerOptions } from './create-runner.js';

// Kernels of one's own
export { registerEmitter } from './trace/kernel-registry.js';
export type { FusedCall, FusedEmitter } from './trace/emitter.js';
export type { GraphBuilder, NodeOptions, ResultType } from './ir/builder.js';
export type { Attribute, ConstantData, ElementType, Graph, Node, Value } from './ir/graph.js';

// Gradients
export { valueAndGradients, type ValueAndGradients, type ValueWithAux } from './gradients.js';

// Writing a file
export { exportOnnx, type ExportOptions, toOnnx } from './export-onnx.js';
