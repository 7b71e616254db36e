export {
  isFolderForm,
  modelFiles,
  type ModelFilesOptions,
  type ModelForm,
  modelForms,
  type OnnxOptions,
  toOnnxFiles,
} from './write/model-files.js';
export { readOnnxInitializers } from './onnx-initializers.js';
