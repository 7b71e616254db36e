// A sheet of pictures; apart from the rest, as it needs sharp
export { drawSheet, type Sheet, type SheetPicture } from './draw-sheet.js';
export { drawExamples, type DrawExamplesOptions, type SheetExample } from './draw-examples.js';
