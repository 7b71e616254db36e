import { rebuildingOf, rebuildSplits } from '@m3ae/evaluation/model';
import type { Gallery, GalleryInput } from '@m3ae/evaluation/reconstruction';
import { type ResultsPlace, streamsOf } from '@m3ae/runs';
import { pictureWriter } from '@m3ae/runs/results';
import type { Sources } from '../run/sources.js';
import { type Evaluated, readOptions } from './opened-model.js';

/**
 * Hides most of some unseen examples, lets the model rebuild them, and keeps their pictures.
 *
 * @param inputs - What the model is shown; by default what the method was trained on.
 * @returns Pictures as file names from the folder `evaluations`; null for a method that rebuilds nothing, and where
 * there is nothing to rebuild.
 */
export async function rebuildUnseen(
  run: Evaluated,
  { tests, validation, train }: Pick<Sources, 'train' | 'validation' | 'tests'>,
  place: ResultsPlace,
  inputs?: readonly GalleryInput[],
): Promise<Gallery | null> {
  if (rebuildingOf(run.model) === undefined) return null;
  const { report, seed } = run.config;
  return rebuildSplits(run.model, tests.length > 0 ? tests : [validation ?? train], {
    ...readOptions(run),
    inputs,
    examples: report.examples,
    imageMaskRatio: report.maskRatio,
    textMaskRatio: report.textMaskRatio,
    key: streamsOf(seed).gallery,
    addressOf: pictureWriter(place, 'reconstruct'),
  });
}
