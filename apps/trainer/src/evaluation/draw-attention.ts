import type { AttentionChoice } from '@m3ae/evaluation';
import type { Progress } from '../run/progress.js';
import { type AttentionResults, measurePointing, type Pointing } from './attention.js';
import { drawAttention, type PictureRequest } from './attention-pictures.js';
import type { OpenedRun } from './open-run.js';
import { type MapChoice, mapChoices, mapName } from './pointing.js';
import type { ResultsPlace } from './results-place.js';

/** The first scenes of the part, as many as wanted. */
function sceneRequests(
  { scenes: { part, pairs, things, attended } }: Pointing,
  count: number,
): PictureRequest[] {
  const [total, tokens, patchDim] = pairs.patches.shape as [number, number, number];
  const size = tokens * patchDim;
  return Array.from({ length: Math.min(count, total) }, (_, row) => ({
    source: part.dataset.describe(part.indices[row]!),
    caption: part.dataset.caption(part.indices[row]!),
    patches: (pairs.patches.data as Float32Array).slice(row * size, (row + 1) * size),
    attended: attended[row]!,
    things: things[row]!,
  }));
}

/**
 * The score on scenes of emoji at known places, and some of them drawn.
 *
 * @param settings - How many scenes of each part, how many of them are drawn, and a map to take instead of the best.
 */
export async function scoreScenes(
  {
    run,
    progress,
    place,
  }: { readonly run: OpenedRun; readonly progress: Progress; readonly place: ResultsPlace },
  settings: {
    readonly scenes: number;
    readonly pictures: number;
    readonly wanted: AttentionChoice | undefined;
  },
): Promise<AttentionResults> {
  const pointing = await measurePointing(run, settings.scenes, settings.wanted, progress);
  const { map } = pointing.results;
  const at = mapChoices(run.model).findIndex((one) => JSON.stringify(one) === JSON.stringify(map.choice));
  const requests = sceneRequests(pointing, settings.pictures);
  return {
    ...pointing.results,
    pictures: await drawAttention(run, requests, { map, at }, 'attention', place),
  };
}

/**
 * Draws pictures whose words have no known places, so that nothing is scored.
 *
 * @param kept - Name of the evaluation, and where its pictures go.
 * @param wanted - The map; by default that of the last block.
 */
export async function drawUnscored(
  run: OpenedRun,
  kept: { readonly name: string; readonly place: ResultsPlace },
  wanted: AttentionChoice | undefined,
  requestsFor: (choice: AttentionChoice) => Promise<readonly PictureRequest[]>,
): Promise<AttentionResults> {
  const map: MapChoice = { choice: wanted ?? 'last', direction: 'wordToPatches' };
  const requests = await requestsFor(map.choice);
  const pictures = await drawAttention(run, requests, { map, at: 0 }, kept.name, kept.place);
  const unscored = { validation: null, pointing: null, parts: {}, layers: [] };
  return { ...unscored, map: { ...map, name: mapName(map) }, pictures };
}
