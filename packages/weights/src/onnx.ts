export { type OnnxOptions, toOnnxFiles } from './write/onnx.js';
export { readOnnxInitializers } from './onnx-initializers.js';
