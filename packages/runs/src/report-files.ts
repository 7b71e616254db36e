import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSealed, writeSealed } from '@m3ae/checkpoint/files';
import { isInvalidInput } from '@m3ae/errors';
import type { DataSplit } from '@m3ae/evaluation/model';
import type { Gallery } from '@m3ae/evaluation/reconstruction';
import { countElements, type NdArray, type Tree } from '@m3ae/tree';
import { evaluationsFolder } from './evaluations.js';
import { runPaths, type Warn } from './run-folder.js';

/** What a report tells and no other file of the run folder holds. */
export interface ReportFacts {
  readonly step: number;
  readonly parameters: number;
  /** The parts of the data, with their sizes. */
  readonly parts: readonly { readonly name: string; readonly note: string; readonly length: number }[];
  /** Why nothing was classified; null where something was, or may be. */
  readonly evaluationNote: string | null;
}

/** Gathers the facts of a run and of the parts of its data. */
export function reportFacts(
  parts: readonly Pick<DataSplit, 'title' | 'note' | 'indices'>[],
  params: Tree<NdArray>,
  step: number,
  evaluationNote: string | null,
): ReportFacts {
  return {
    step,
    parameters: countElements(params),
    parts: parts.map(({ title, note, indices }) => ({ name: title, note, length: indices.length })),
    evaluationNote,
  };
}

/** Keeps the facts beside the run's logs. */
export function writeFacts(folder: string, facts: ReportFacts): void {
  writeSealed(runPaths(folder).facts, facts);
}

/**
 * Reads the facts; nothing where the run has none yet.
 *
 * @throws InvalidInput if the file is damaged.
 */
export function readFacts(folder: string): ReportFacts | undefined {
  return readSealed(runPaths(folder).facts) as ReportFacts | undefined; // written by writeFacts
}

/**
 * Keeps the facts of a run that ended before its report, or whose facts are damaged, so that one can be written.
 *
 * @param gather - Gives the facts; called only where there are none.
 */
export function keepFacts(folder: string, gather: () => ReportFacts, warn: Warn): void {
  try {
    if (readFacts(folder) !== undefined) return;
  } catch (error) {
    if (!isInvalidInput(error)) throw error;
    warn(`${error.message} It is written anew.`);
  }
  writeFacts(folder, gather());
}

/** A PNG beside the evaluations of a run as the address of an `<img>`; null where the file is gone. */
export function inlinePng(folder: string, name: string): string | null {
  const path = join(evaluationsFolder(folder), name);
  if (!existsSync(path)) return null;
  return `data:image/png;base64,${readFileSync(path).toString('base64')}`;
}

const views = ['original', 'hidden', 'rebuilt'] as const;

/** A gallery whose pictures are files beside the evaluations of a run, with data URIs in their place. */
export function inlineGallery(folder: string, gallery: Gallery): Gallery {
  const inline = (name: string | null) => name && inlinePng(folder, name);
  const items = gallery.items.map((item) => ({
    ...item,
    ...Object.fromEntries(views.map((view) => [view, inline(item[view])])),
  }));
  return { ...gallery, items };
}
