import { type AttentionChoice, attendPairs, groupPieces } from '@m3ae/evaluation';
import type { M3aeParams } from '@m3ae/transformer';
import type { NdArray } from '@m3ae/tree';
import { InputError } from '../config/config-error.js';
import {
  type AttentionResults,
  measurePointing,
  type Pointing,
  requireJoint,
} from '../evaluation/attention.js';
import { drawAttention, type PictureRequest } from '../evaluation/attention-pictures.js';
import { countOf, wordOf } from '../evaluation/choices.js';
import type { OpenedRun } from '../evaluation/open-run.js';
import { encodeCaption, patchesOfFile } from '../evaluation/own-picture.js';
import { mapChoices, type MapChoice, mapName, type PointingFigures } from '../evaluation/pointing.js';
import { percent } from '../report/escape.js';
import { engineOf } from '../run/engine.js';
import type { AttentionCommandOptions } from './attention.js';
import { type EvaluationContext, runEvaluation } from './run-evaluation.js';
import { textTable } from './text-table.js';

/** The map that the options name, if any. */
function wantedMap({ map, layer, head }: AttentionCommandOptions): AttentionChoice | undefined {
  if (map !== undefined && layer !== undefined) {
    throw new InputError([
      `--map must be left out where --layer is given; received ${map}. Give one of the two.`,
    ]);
  }
  if (head !== undefined && layer === undefined) {
    throw new InputError([
      `--layer must be given with --head; received none. Write e.g. --layer 0 --head ${head}.`,
    ]);
  }
  if (map !== undefined) return wordOf('--map', map, ['last', 'mean', 'rollout']);
  if (layer === undefined) return undefined;
  const block = countOf('--layer', layer, 0);
  return head === undefined ? { layer: block } : { layer: block, head: countOf('--head', head, 0) };
}

/** Refuses a block or a head that the model does not have. */
function refuseUnknownMap(wanted: AttentionChoice | undefined, { model }: OpenedRun): void {
  if (wanted === undefined || typeof wanted === 'string') return;
  const { layer, head = 0 } = wanted;
  const faults = [
    ...(layer < model.depth
      ? []
      : [
          `--layer must be below ${model.depth}, the blocks of the model; received ${layer}. Blocks count from 0.`,
        ]),
    ...(head < model.heads
      ? []
      : [`--head must be below ${model.heads}, the heads of a block; received ${head}. Heads count from 0.`]),
  ];
  if (faults.length > 0) throw new InputError(faults);
}

/** The user's own picture, every word of its caption a thing to look for. */
async function ownRequest(
  run: OpenedRun,
  image: string,
  caption: string,
  choice: AttentionChoice,
): Promise<PictureRequest> {
  const patches = await patchesOfFile(image, run);
  const { tokenIds, paddingMask, pieces } = encodeCaption(caption, run);
  const words = groupPieces(pieces);
  const count = (run.config.image.size / run.config.image.patchSize) ** 2;
  const [attended] = await attendPairs(
    engineOf(run.config),
    { config: run.model, params: run.params as M3aeParams<NdArray> },
    {
      patches: { shape: [1, count, patches.length / count], data: patches },
      tokenIds: { shape: [1, tokenIds.length], data: tokenIds },
      paddingMask: { shape: [1, paddingMask.length], data: paddingMask },
      words: [words.map(({ places }) => places)],
    },
    { choices: [choice] },
  );
  return {
    source: image,
    caption,
    patches,
    attended: attended!,
    things: words.map(({ text }) => ({ label: text })),
  };
}

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

const nothing = { validation: null, pointing: null, parts: {}, layers: [] } as const;

async function evaluate(
  { run, progress }: EvaluationContext,
  options: AttentionCommandOptions,
  wanted: AttentionChoice | undefined,
): Promise<AttentionResults> {
  requireJoint(run);
  refuseUnknownMap(wanted, run);
  const { image, caption } = options;
  const scenes = countOf('--scenes', options.scenes, 0);
  // A bad caption is found before minutes of work.
  if (caption !== undefined) encodeCaption(caption, run);
  const pointing = scenes === 0 ? undefined : await measurePointing(run, scenes, wanted, progress);
  const map: MapChoice = pointing?.results.map ?? { choice: wanted ?? 'last', direction: 'wordToPatches' };
  const results = pointing?.results ?? { ...nothing, map: { ...map, name: mapName(map) } };
  if (image !== undefined) {
    const request = await ownRequest(run, image, caption!, map.choice);
    return { ...results, pictures: await drawAttention(run, [request], map, 0) };
  }
  if (pointing === undefined) return { ...results, pictures: [] };
  const place = mapChoices(run.model).findIndex((one) => JSON.stringify(one) === JSON.stringify(map.choice));
  const requests = sceneRequests(pointing, countOf('--pictures', options.pictures, 0));
  return { ...results, pictures: await drawAttention(run, requests, map, place) };
}

function partLine(
  title: string,
  { accuracy, chance, control, inside, chanceInside }: PointingFigures,
): string[] {
  const range = `(${(100 * accuracy.low).toFixed(1)} – ${(100 * accuracy.high).toFixed(1)})`;
  return [
    title,
    `${percent(accuracy.value)} ${range}`,
    percent(chance),
    control === null ? '–' : percent(control.value),
    percent(inside.value),
    percent(chanceInside),
  ];
}

function lines({ map, parts, pictures }: AttentionResults): string[] {
  const rows = Object.values(parts).map(({ title, best }) => partLine(title, best));
  const head = ['', 'points right', 'chance', 'other boxes', 'attention inside', 'chance'];
  return [
    ...(rows.length === 0 ? [] : [`Map: ${map.name}.`, ...textTable([head, ...rows])]),
    ...pictures.map(({ caption, file }) => `evaluations/${file}: ${caption}`),
  ];
}

/** Runs `m3ae attention`. */
export async function runAttention(path: string, options: AttentionCommandOptions): Promise<void> {
  const { image, caption } = options;
  if ((image === undefined) !== (caption === undefined)) {
    throw new InputError([
      `--image and --caption must be given together; received ${image === undefined ? '--caption' : '--image'} alone. Give both, or neither.`,
    ]);
  }
  const wanted = wantedMap(options);
  const scenes = countOf('--scenes', options.scenes, 0);
  await runEvaluation<AttentionResults>(path, options, {
    name: 'attention',
    settings: () => ({ scenes, map: wanted ?? 'best', image: image ?? null, caption: caption ?? null }),
    evaluate: (context) => evaluate(context, options, wanted),
    print: lines,
  });
}
