export { type OnnxOptions, toOnnxFiles } from './write/onnx.js';
export { readOnnxInitializers } from './onnx-initializers.js';
export {
  isFolderForm,
  modelFiles,
  type ModelFilesOptions,
  type ModelForm,
  modelForms,
} from './write/model-files.js';
