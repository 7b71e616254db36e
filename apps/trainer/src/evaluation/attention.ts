import type { AttentionChoice } from '@m3ae/evaluation';
import { unusable } from '@m3ae/errors';
import type { Progress } from '../run/progress.js';
import { openSceneParts } from '../run/sources.js';
import type { OpenedRun } from './open-run.js';
import {
  type MapChoice,
  mapChoices,
  mapName,
  type MapRow,
  pointingFigures,
  type PointingFigures,
  pointingRows,
  sameMap,
} from './pointing.js';
import { type SceneMaps, sceneMaps } from './scene-maps.js';

/** One word of a picture, and where it looks. */
export interface AttendedWord {
  readonly text: string;
  /** File of the heat map over the picture. */
  readonly file: string;
}

/** One picture with its caption. */
export interface AttendedPicture {
  readonly source: string;
  readonly caption: string;
  /** File of the picture with the boxes of what is named, where they are known. */
  readonly file: string;
  readonly words: readonly AttendedWord[];
  /** The other way: a patch and how much it looks at each word, over the largest. */
  readonly patch: { readonly file: string; readonly words: readonly { text: string; shade: number }[] };
}

/** Results of `m3ae attention`. */
export interface AttentionResults {
  /** The map that points best on the validation scenes. */
  readonly map: MapChoice & { readonly name: string };
  /** That map on the validation scenes, where it was chosen; null without scenes. */
  readonly validation: PointingFigures | null;
  /** That map on scenes of unseen drawings; null without scenes. */
  readonly pointing: PointingFigures | null;
  /** That map, and the mean over the heads of the last block, on each part. */
  readonly parts: Readonly<
    Record<string, { readonly title: string; readonly best: PointingFigures; readonly last: PointingFigures }>
  >;
  /** Every map on the validation scenes. */
  readonly layers: readonly MapRow[];
  readonly pictures: readonly AttendedPicture[];
  /** What the model does not read of a person's caption. */
  readonly notes?: readonly string[];
}

/** What {@link measurePointing} found. */
export interface Pointing {
  readonly results: Omit<AttentionResults, 'pictures' | 'notes'>;
  /** Scenes of unseen drawings, with the maps that {@link mapChoices} names. */
  readonly scenes: SceneMaps;
}

/**
 * Refuses a model whose encoder does not see words and pictures together.
 *
 * @throws InvalidInput naming the run and its method.
 */
export function requireJoint({ config, folder }: OpenedRun): void {
  if (config.method === 'm3ae') return;
  const lacks =
    config.method === 'clip'
      ? 'a model whose encoder sees words and patches together'
      : 'a model with text parameters';
  throw unusable([
    `attention needs ${lacks}; received ${folder}, of method "${config.method}". Choose a run of method "m3ae".`,
  ]);
}

const lastBlock: MapChoice = { choice: 'last', direction: 'wordToPatches' };

/**
 * Scores whether words look at what they name, on scenes of emoji at known places.
 *
 * The map is chosen on scenes of validation drawings; the figures are those of other scenes.
 *
 * @param count - Scenes of each part.
 * @param wanted - A map to take instead of the best.
 */
export async function measurePointing(
  run: OpenedRun,
  count: number,
  wanted: AttentionChoice | undefined,
  progress: Progress,
): Promise<Pointing> {
  const choices = mapChoices(run.model);
  const { validation, unseenDrawing, unseenEmoji } = await openSceneParts(run.config, progress, count);
  const parts = [validation, unseenDrawing, unseenEmoji];
  const found: SceneMaps[] = [];
  for (const [number, part] of parts.entries()) {
    progress.part('Attention on scenes', number, parts.length);
    found.push(await sceneMaps(run, part, choices));
  }
  const rows = found.map((maps) => pointingRows(run, maps, choices));
  progress.part('Attention on scenes', parts.length, parts.length);
  const candidates = rows[0]!.filter(
    ({ choice }) => wanted === undefined || JSON.stringify(choice) === JSON.stringify(wanted),
  );
  const { choice, direction } = candidates.reduce((best, next) =>
    next.accuracy.value > best.accuracy.value ? next : best,
  );
  const map = { choice, direction, name: mapName({ choice, direction }) };
  const figures = (part: number, one: MapChoice) =>
    pointingFigures(rows[part]!.find((row) => sameMap(row, one))!);
  return {
    results: {
      map,
      validation: figures(0, map),
      pointing: figures(1, map),
      parts: Object.fromEntries(
        [1, 2].map((part) => [
          parts[part]!.name,
          { title: parts[part]!.title, best: figures(part, map), last: figures(part, lastBlock) },
        ]),
      ),
      layers: rows[0]!.map((row) => ({
        choice: row.choice,
        direction: row.direction,
        name: mapName(row),
        accuracy: row.accuracy,
        inside: row.inside,
      })),
    },
    scenes: found[1]!,
  };
}
