import type { AttentionChoice, AttentionResults } from '@m3ae/evaluation/attention';
import { attentionLines } from '@m3ae/report';
import { join } from 'node:path';
import { unusable, invalidField } from '@m3ae/errors';
import { evaluationsFolder } from '@m3ae/runs';
import { limits } from '../config/limits.js';
import { ownRequest, unseenRequests } from '../evaluation/attention.js';
import { drawUnscored, scoreScenes } from '../evaluation/attention-scenes.js';
import { countOf, wordOf } from './choices.js';
import { type OpenedRun, requireJoint } from '../evaluation/open-run.js';
import { learnsFromEmoji } from '../run/emoji-sources.js';
import {
  type EvaluationCommandOptions,
  type RunContext,
  runEvaluation,
  runOnOwnInput,
} from './run-evaluation.js';

/** Options of `m3ae attention`. */
export interface AttentionCommandOptions extends EvaluationCommandOptions {
  readonly scenes?: string;
  readonly pictures: string;
  readonly map?: string;
  readonly layer?: string;
  readonly head?: string;
  readonly image?: string;
  readonly caption?: string;
}

/** The map that the options name, if any. */
function wantedMap({ map, layer, head }: AttentionCommandOptions): AttentionChoice | undefined {
  if (map !== undefined && layer !== undefined) {
    throw invalidField('--map', 'left out where --layer is given', map, 'Give one of the two.');
  }
  if (head !== undefined && layer === undefined) {
    throw invalidField('--layer', 'given with --head', 'none', `Write e.g. --layer 0 --head ${head}.`);
  }
  if (map !== undefined) return wordOf('--map', map, ['last', 'mean', 'rollout']);
  if (layer === undefined) return undefined;
  const block = countOf('--layer', layer, { least: 0, most: limits.blocks });
  return head === undefined
    ? { layer: block }
    : { layer: block, head: countOf('--head', head, { least: 0, most: limits.heads }) };
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
  if (faults.length > 0) throw unusable(faults);
}

const print = (results: AttentionResults, { run }: RunContext) =>
  attentionLines(results, (file) => join(evaluationsFolder(run.folder), file));

/** A person's own picture, and nothing else. */
async function runOwn(
  path: string,
  options: AttentionCommandOptions,
  { image, caption }: { readonly image: string; readonly caption: string },
  wanted: AttentionChoice | undefined,
): Promise<void> {
  if (
    options.scenes !== undefined &&
    countOf('--scenes', options.scenes, { least: 0, most: limits.scenes }) > 0
  ) {
    throw invalidField(
      '--scenes',
      'left out with --image, which is drawn alone',
      options.scenes,
      'Run the command once for each.',
    );
  }
  const name = 'attention-picture';
  await runOnOwnInput<AttentionResults>(path, options, {
    name,
    settings: () => ({ map: wanted ?? 'last', image, caption }),
    async evaluate(context) {
      const { run } = context;
      requireJoint(run);
      refuseUnknownMap(wanted, run);
      const notes: string[] = [];
      const results = await drawUnscored({ name, place: context.place }, wanted, async (choice) => {
        const own = await ownRequest(run, image, caption, choice);
        notes.push(...own.notes);
        return [own.request];
      });
      return { ...results, notes };
    },
    print,
  });
}

/** Scenes where the model was trained on emoji or they are asked for, else unseen pictures of the run. */
async function runUnseen(
  path: string,
  options: AttentionCommandOptions,
  wanted: AttentionChoice | undefined,
): Promise<void> {
  const asked =
    options.scenes === undefined
      ? undefined
      : countOf('--scenes', options.scenes, { least: 0, most: limits.scenes });
  const pictures = countOf('--pictures', options.pictures, { most: limits.reportPictures });
  const scenesOf = ({ config }: OpenedRun) => asked ?? (learnsFromEmoji(config) ? 500 : 0);
  await runEvaluation<AttentionResults>(path, options, {
    name: (run) => (scenesOf(run) > 0 ? 'attention' : 'attention-unseen'),
    settings: (run) =>
      scenesOf(run) > 0
        ? { scenes: scenesOf(run), map: wanted ?? 'best', pictures }
        : { map: wanted ?? 'last', pictures },
    evaluate(context) {
      const { run, sources, place } = context;
      requireJoint(run);
      refuseUnknownMap(wanted, run);
      const scenes = scenesOf(run);
      if (scenes > 0) return scoreScenes(context, { scenes, pictures, wanted });
      return drawUnscored({ name: 'attention-unseen', place }, wanted, (choice) =>
        unseenRequests(run, sources, pictures, choice),
      );
    },
    print,
  });
}

/** Runs `m3ae attention`. */
export async function runAttention(path: string, options: AttentionCommandOptions): Promise<void> {
  const { image, caption } = options;
  const wanted = wantedMap(options);
  if (image !== undefined && caption !== undefined) {
    await runOwn(path, options, { image, caption }, wanted);
  } else if (image === undefined && caption === undefined) {
    await runUnseen(path, options, wanted);
  } else {
    throw invalidField(
      '--image and --caption',
      'given together',
      `${image === undefined ? '--caption' : '--image'} alone`,
      'Give both, or neither.',
    );
  }
}
