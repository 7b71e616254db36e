import { type AttentionChoice, type AttentionResults, choiceFaults } from '@m3ae/evaluation/attention';
import { attentionOfOwn, attentionOfScenes, attentionOfSplits, requireJoint } from '@m3ae/evaluation/model';
import { foldIn, key } from '@m3ae/random';
import { attentionLines } from '@m3ae/report';
import { join } from 'node:path';
import { invalidField, throwFaults } from '@m3ae/errors';
import { countUpTo, oneOf, typedValue } from '@m3ae/errors/rules';
import { evaluationsFolder } from '@m3ae/runs';
import { limits } from '../config/limits.js';
import type { OpenedRun } from '../evaluation/open-run.js';
import { readOptions } from '../evaluation/opened-model.js';
import { pictureWriter } from '@m3ae/runs/results';
import { learnsFromEmoji } from '../run/pictures.js';
import { openSceneSplits } from '../run/sources.js';
import {
  type EvaluationCommandOptions,
  type RunContext,
  runEvaluation,
  runOnOwnInput,
} from './run-evaluation.js';

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
  if (map !== undefined) return typedValue('--map', map, oneOf(['last', 'mean', 'rollout']));
  if (layer === undefined) return undefined;
  const block = typedValue('--layer', layer, countUpTo(limits.blocks, 0));
  return { layer: block, head: typedValue('--head', head, countUpTo(limits.heads, 0)) };
}

/** Refuses a model whose words see no patches, and a block or a head that it does not have. */
function refuseUnfit(wanted: AttentionChoice | undefined, { model }: OpenedRun): void {
  requireJoint(model);
  if (wanted === undefined) return;
  throwFaults(
    choiceFaults(wanted, model.config).map((fault) => fault && { ...fault, path: `--${fault.path}` }),
  );
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
  const scenes = typedValue('--scenes', options.scenes, countUpTo(limits.scenes, 0)) ?? 0;
  if (scenes > 0) {
    const rule = 'left out with --image, which is drawn alone';
    throw invalidField('--scenes', rule, scenes, 'Run the command once for each.');
  }
  const name = 'attention-picture';
  await runOnOwnInput<AttentionResults>(path, options, {
    name,
    settings: () => ({ map: wanted ?? 'last', image, caption }),
    async evaluate({ run, place }) {
      refuseUnfit(wanted, run);
      const own = { picture: image, caption, names: { picture: '--image', caption: '--caption' } };
      const options = { ...readOptions(run), addressOf: pictureWriter(place, name) };
      return attentionOfOwn(run.model, own, wanted ?? 'last', options);
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
  const asked = typedValue('--scenes', options.scenes, countUpTo(limits.scenes, 0));
  const pictures = typedValue('--pictures', options.pictures, countUpTo(limits.reportPictures));
  const scenesOf = ({ config }: OpenedRun) => asked ?? (learnsFromEmoji(config) ? 500 : 0);
  const nameOf = (run: OpenedRun) => (scenesOf(run) > 0 ? 'attention' : 'attention-unseen');
  await runEvaluation<AttentionResults>(path, options, {
    name: nameOf,
    settings: (run) =>
      scenesOf(run) > 0
        ? { scenes: scenesOf(run), map: wanted ?? 'best', pictures }
        : { map: wanted ?? 'last', pictures },
    async evaluate({ run, sources, progress, place }) {
      refuseUnfit(wanted, run);
      const scenes = scenesOf(run);
      const read = { ...readOptions(run, progress), addressOf: pictureWriter(place, nameOf(run)) };
      if (scenes > 0) {
        const { validation, ...tests } = await openSceneSplits(run.config, progress, scenes);
        const splits = { validation, tests: [tests.unseenDrawing, tests.unseenEmoji] };
        const asked = { pictures, wanted, key: foldIn(key(run.config.seed), 11) };
        return attentionOfScenes(run.model, splits, { ...read, ...asked });
      }
      const unseen = [...sources.tests, ...(sources.validation ? [sources.validation] : [])];
      return attentionOfSplits(run.model, unseen, pictures, wanted ?? 'last', read);
    },
    print,
  });
}

export async function runAttention(path: string, options: AttentionCommandOptions): Promise<void> {
  const { image, caption } = options;
  const wanted = wantedMap(options);
  if (image !== undefined && caption !== undefined) {
    await runOwn(path, options, { image, caption }, wanted);
  } else if (image === undefined && caption === undefined) {
    await runUnseen(path, options, wanted);
  } else {
    const alone = `${image === undefined ? '--caption' : '--image'} alone`;
    throw invalidField('--image and --caption', 'given together', alone, 'Give both, or neither.');
  }
}
