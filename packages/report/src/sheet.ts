// A sheet of pictures; apart from the rest, as it needs sharp
export { drawSheet, type Sheet, type SheetPicture } from './draw-sheet.js';
