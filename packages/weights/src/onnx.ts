export { type OnnxOptions, toOnnxFiles } from './write/onnx.js';
