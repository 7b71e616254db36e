// The page
export { type Card, foldedHtml, listingHtml, type Page, pageHtml, sectionHtml } from './page.js';
export { escapeHtml, percent } from './escape.js';
export { type Headline, headlineCards } from './headline.js';
export { styles } from './styles.js';

// Tables
export {
  columnHeads,
  headWithNote,
  numberCell,
  shareCell,
  type TableCell,
  type TableHead,
  tableHtml,
  type TableRow,
  wordCell,
} from './table.js';

// Charts
export {
  type Curve,
  curveLegendHtml,
  type CurveLine,
  curvesHtml,
  drawCurves,
  type DrawnCurve,
} from './curves.js';
export { drawPointMaps, mapClasses, mapsSection, type PointMaps } from './point-maps.js';
export { type ClassMark, classMarks, mostMarks } from './class-marks.js';
export { chartLooks, drawSvg } from './draw.js';

// Sections of the results of @m3ae/evaluation
export { attentionSection, type AttentionSubject, type Inline } from './sections/attention.js';
export { classifiersSection, fineTuneSection } from './sections/classifiers.js';
export { gallerySection } from './sections/gallery.js';
export { outliersSection } from './sections/outliers.js';
export { retrievalSection } from './sections/retrieval.js';

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
export { textTable } from './text-table.js';
export { type ClassCount, classCounts, classLines, duplicateLines } from './data-lines.js';

// The page of data
export { inspectionPage } from './inspection-page.js';

// The page of a training
export { type RunEvaluations, runPage, type RunReport } from './run-page.js';
