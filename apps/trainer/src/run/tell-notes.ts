import { type DatasetNote, noteSentence } from '@m3ae/datasets';
import type { Progress } from '@m3ae/logging';
import { partsOf, type Sources } from './sources.js';

/** What was odd about the data of a run, each once: parts of one folder have its notes in common. */
export function notesOf(sources: Sources): DatasetNote[] {
  const notes = partsOf(sources).flatMap(({ dataset }) => dataset.notes);
  return [...new Map(notes.map((note) => [JSON.stringify(note), note])).values()];
}

/** Tells what was left out, guessed or not read when the data of a run were opened. */
export function tellNotes(sources: Sources, progress: Progress): void {
  const notes = notesOf(sources);
  for (const note of notes) progress.say(`Data: ${noteSentence(note)}`);
  if (notes.length > 0) progress.fact('notes', notes);
}
