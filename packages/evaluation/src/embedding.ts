export {
  embed2d,
  type EmbeddingMap,
  type EmbeddingMethod,
  type EmbeddingOptions,
  type MapResults,
  type ModelMap,
} from './embedding/embed-2d.js';
