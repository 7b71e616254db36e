import {
  type AttentionChoice,
  type AttentionResults,
  type CaptionedScene,
  choiceFaults,
  type MapChoice,
  mapName,
} from '@m3ae/evaluation/attention';
import { attendOwn, attendSplit, drawScenes, requireJoint, scoreScenes } from '@m3ae/evaluation/model';
import { foldIn, key } from '@m3ae/random';
import { attentionLines } from '@m3ae/report';
import { join } from 'node:path';
import { invalidField, throwFaults } from '@m3ae/errors';
import { oneOf } from '@m3ae/errors/rules';
import { evaluationsFolder, type ResultsPlace } from '@m3ae/runs';
import { limits } from '../config/limits.js';
import type { OpenedRun } from '../evaluation/open-run.js';
import { readOptions } from '../evaluation/opened-model.js';
import { pictureWriter } from '../evaluation/picture-writer.js';
import { learnsFromEmoji } from '../run/pictures.js';
import { openSceneSplits } from '../run/sources.js';
import { countUpTo, valueOf } from './choices.js';
import {
  type EvaluationCommandOptions,
  type EvaluationContext,
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
  if (map !== undefined) return valueOf('--map', map, oneOf(['last', 'mean', 'rollout']));
  if (layer === undefined) return undefined;
  const block = valueOf('--layer', layer, countUpTo(limits.blocks, 0));
  return head === undefined
    ? { layer: block }
    : { layer: block, head: valueOf('--head', head, countUpTo(limits.heads, 0)) };
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

/** Pictures whose words have no known places, so that nothing is scored. */
async function drawn(
  scenes: readonly CaptionedScene[],
  choice: AttentionChoice,
  place: ResultsPlace,
  name: string,
): Promise<AttentionResults> {
  const map: MapChoice = { choice, direction: 'wordToPatches' };
  const pictures = await drawScenes(scenes, map, 0, pictureWriter(place, name));
  const unscored = { validation: null, pointing: null, parts: {}, layers: [] };
  return { ...unscored, map: { ...map, name: mapName(map) }, pictures };
}

/** A person's own picture, and nothing else. */
async function runOwn(
  path: string,
  options: AttentionCommandOptions,
  { image, caption }: { readonly image: string; readonly caption: string },
  wanted: AttentionChoice | undefined,
): Promise<void> {
  const scenes =
    options.scenes === undefined ? 0 : valueOf('--scenes', options.scenes, countUpTo(limits.scenes, 0));
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
      const choice = wanted ?? 'last';
      const { scene, notes } = await attendOwn(run.model, own, choice, readOptions(run));
      return { ...(await drawn([scene], choice, place, name)), notes };
    },
    print,
  });
}

/** The score on scenes of emoji at known places, and some of them drawn. */
async function scored(
  { run, progress, place }: EvaluationContext,
  {
    scenes: length,
    ...asked
  }: { readonly scenes: number; readonly pictures: number; readonly wanted: AttentionChoice | undefined },
): Promise<AttentionResults> {
  const { validation, ...tests } = await openSceneSplits(run.config, progress, length);
  const { results, scenes, at } = await scoreScenes(
    run.model,
    { validation, tests: [tests.unseenDrawing, tests.unseenEmoji] },
    { ...readOptions(run, progress), ...asked, key: foldIn(key(run.config.seed), 11) },
  );
  const pictures = await drawScenes(scenes, results.map, at, pictureWriter(place, 'attention'));
  return { ...results, pictures };
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
      : valueOf('--scenes', options.scenes, countUpTo(limits.scenes, 0));
  const pictures = valueOf('--pictures', options.pictures, countUpTo(limits.reportPictures));
  const scenesOf = ({ config }: OpenedRun) => asked ?? (learnsFromEmoji(config) ? 500 : 0);
  await runEvaluation<AttentionResults>(path, options, {
    name: (run) => (scenesOf(run) > 0 ? 'attention' : 'attention-unseen'),
    settings: (run) =>
      scenesOf(run) > 0
        ? { scenes: scenesOf(run), map: wanted ?? 'best', pictures }
        : { map: wanted ?? 'last', pictures },
    async evaluate(context) {
      const { run, sources, place } = context;
      refuseUnfit(wanted, run);
      const scenes = scenesOf(run);
      if (scenes > 0) return scored(context, { scenes, pictures, wanted });
      const [choice, { tests, validation }] = [wanted ?? 'last', sources];
      const unseen = [...tests, ...(validation ? [validation] : [])];
      const found = await attendSplit(run.model, unseen, pictures, choice, readOptions(run));
      return drawn(found, choice, place, 'attention-unseen');
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
