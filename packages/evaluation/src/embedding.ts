export {
  embed2d,
  type EmbeddingMap,
  type EmbeddingMethod,
  type EmbeddingOptions,
} from './embedding/embed-2d.js';
export { type MapResults, type ModelMap } from './embedding/class-map.js';
