export type { HiddenExamples, RebuildingModel, RebuiltExamples } from './reconstruction/rebuild.js';
export { imageOf, type PatchLayout } from './reconstruction/views.js';
export {
  type GallerySource,
  piecesOf,
  reconstructionEvaluator,
  type ReconstructionOptions,
} from './reconstruction/gallery.js';
export type { Gallery, GalleryInput, GalleryItem, GalleryPiece } from './reconstruction/types.js';
export {
  type OwnExample,
  rebuildOwn,
  type RebuildOwnOptions,
  type RebuiltOwn,
} from './reconstruction/rebuild-own.js';
