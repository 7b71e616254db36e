export {
  type RebuildingModel,
  type OwnExample,
  rebuildOwn,
  type RebuildOwnOptions,
  type RebuiltOwn,
} from './reconstruction/rebuild.js';
export {
  type HiddenExamples,
  imageOf,
  type PatchLayout,
  type RebuiltExamples,
  piecesOf,
  type GalleryPiece,
} from './reconstruction/rebuilt.js';
export {
  type Gallery,
  type GalleryInput,
  type GalleryItem,
  type GallerySource,
  reconstructionEvaluator,
  type ReconstructionOptions,
} from './reconstruction/gallery.js';
