// The page
export {
  type Card,
  escapeHtml,
  foldedHtml,
  listingHtml,
  type Page,
  pageHtml,
  sectionHtml,
  styles,
} from './page.js';

// Tables
export {
  columnHeads,
  headWithNote,
  numberCell,
  percent,
  shareCell,
  type TableCell,
  type TableHead,
  tableHtml,
  type TableRow,
  textTable,
  wordCell,
} from './table.js';

// Charts
export {
  chartLooks,
  type Curve,
  curveLegendHtml,
  type CurveLine,
  curvesHtml,
  drawCurves,
  type DrawnCurve,
  drawSvg,
} from './charts.js';
export {
  type ClassMark,
  classMarks,
  drawPointMaps,
  mapClasses,
  mapsSection,
  mostMarks,
  type PointMaps,
} from './point-maps.js';

// Sections of the results of @m3ae/evaluation
export { attentionSection, type AttentionSubject, type Inline } from './sections/attention.js';
export { classifiersSection, fineTuneSection, type Headline, headlineCards } from './sections/classifiers.js';
export { gallerySection } from './sections/gallery.js';
export { retrievalSection } from './sections/retrieval.js';
export { outliersSection } from './sections/outliers.js';

// The same results in lines of text
export {
  attentionLines,
  classifierLines,
  fineTuneLines,
  galleryLines,
  outlierLines,
  rebuiltLines,
  retrievalLines,
  weakerPenaltyHint,
} from './result-lines.js';
export { type ClassCount, classCounts, classLines, duplicateLines } from './data-lines.js';

// The page of data
export { inspectionPage } from './inspection-page.js';

// The page of a training
export { type RunEvaluations, runPage, type RunReport } from './run-page.js';
