export {
  isFolderForm,
  modelFiles,
  type ModelFilesOptions,
  type ModelForm,
  modelForms,
  type OnnxOptions,
  toOnnxFiles,
} from './write/onnx.js';
export { readOnnxInitializers } from './onnx-initializers.js';
