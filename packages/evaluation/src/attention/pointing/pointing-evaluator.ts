import { throwFaults } from '@m3ae/errors';
import type { AttendedPair } from '../attend-pairs.js';
import { type AttentionChoice, choiceFaults, type EncoderSize } from '../attention-map.js';
import type { Box, PointingOptions } from './scenes.js';
import {
  type MapChoice,
  mapChoices,
  mapName,
  type MapRow,
  type PointingFigures,
  pointingFigures,
  type PointingRow,
  pointingTable,
} from './pointing-table.js';
import type { WordPlaces } from '../words.js';
import type { LoadedPairs } from '../../features/encode.js';
import type { Evaluator, OnProgress } from '../../evaluator.js';

/** A thing that a caption names: where in the text, and where in the picture that the model sees. */
export interface NamedThing {
  readonly label: string;
  readonly places: WordPlaces;
  /** In pixels of the model's picture. */
  readonly box: Box;
}

/** Pictures of several things with captions that name them. */
export interface SceneSplit {
  /** Key of its figures in the results. */
  readonly name: string;
  /** What tables call it; by default its name. */
  readonly title?: string;
  readonly pairs: LoadedPairs;
  /** Of each scene; names that the model's text cuts off are left out. */
  readonly things: readonly (readonly NamedThing[])[];
}

/** What maps are chosen on, and what they are measured on. */
export interface SceneSplits {
  readonly validation: SceneSplit;
  /** One or more. */
  readonly tests: readonly SceneSplit[];
}

/** One picture with its caption, as a record keeps it. */
export interface AttendedPicture {
  readonly source: string;
  readonly caption: string;
  /** File of the picture with the boxes of what is named, where they are known. */
  readonly file: string;
  /** Words, each with the file of its heat map over the picture. */
  readonly words: readonly { readonly text: string; readonly file: string }[];
  /** The other way: a patch and how much it looks at each word, over the largest. */
  readonly patch: { readonly file: string; readonly words: readonly { text: string; shade: number }[] };
}

/** Where words look, as a record keeps it: pictures, and what was scored of scenes at known places. */
export interface AttentionResults {
  /** The map that points best on the validation scenes; the last block where nothing was scored. */
  readonly map: MapChoice & { readonly name: string };
  /** That map on the validation scenes, where it was chosen; null without scenes. */
  readonly validation: PointingFigures | null;
  /** That map on the first test split; null without scenes. */
  readonly pointing: PointingFigures | null;
  /** That map, and the mean over the heads of the last block, on each test split. */
  readonly parts: Readonly<
    Record<string, { readonly title: string; readonly best: PointingFigures; readonly last: PointingFigures }>
  >;
  /** Every map on the validation scenes. */
  readonly layers: readonly MapRow[];
  readonly pictures: readonly AttendedPicture[];
  /** What the model does not read of a person's caption. */
  readonly notes?: readonly string[];
}

/** Whether words look at what they name. */
export type PointingResults = Omit<AttentionResults, 'pictures' | 'notes'> & {
  readonly validation: PointingFigures;
  readonly pointing: PointingFigures;
};

/** Options of {@link pointingEvaluator}. */
export interface PointingEvaluatorOptions extends PointingOptions {
  readonly encoder: EncoderSize;
  /**
   * Attention between the words and the patches of each scene: as {@link attendPairs} gives it, or of your own model.
   *
   * @param scenes - With `words`: where the names of the things stand in the texts.
   */
  readonly attend: (
    scenes: LoadedPairs & { readonly words: readonly (readonly WordPlaces[])[] },
    choices: readonly AttentionChoice[],
  ) => Promise<readonly AttendedPair[]>;
  /** A map to take instead of the best. */
  readonly wanted?: AttentionChoice;
  /** Told how many parts are done. */
  readonly onProgress?: OnProgress;
}

const lastBlock: MapChoice = { choice: 'last', direction: 'wordToPatches' };

/**
 * Whether words look at what they name, on scenes of things at known places. The map is chosen on validation scenes;
 * the figures are those of other scenes.
 *
 * @throws InvalidInput if the encoder has no such map as is wanted.
 *
 * @example
 * ```ts
 * const attend = (scenes, choices) => attendPairs(createRunner(), { config, params }, scenes, { choices });
 * const pointing = pointingEvaluator({ encoder: config, attend, grid: [6, 6], width: 48, height: 48, key: key(0) });
 * const { map } = await pointing.run({ validation, tests }); // { name: 'block 2, head 0', … }
 * ```
 */
export function pointingEvaluator({
  encoder,
  attend,
  wanted,
  onProgress = () => {},
  ...options
}: PointingEvaluatorOptions): Evaluator<PointingResults, SceneSplits> {
  if (wanted !== undefined) throwFaults(choiceFaults(wanted, encoder));
  const choices = mapChoices(encoder);
  const nameOf = (choice: AttentionChoice) => mapName({ choice, direction: 'wordToPatches' });
  const scored = async ({ pairs, things }: SceneSplit): Promise<(PointingRow & MapChoice)[]> => {
    const words = things.map((list) => list.map(({ places }) => places));
    const attended = await attend({ ...pairs, words }, choices);
    const boxes = things.map((list) => list.map(({ box }) => box));
    return (['wordToPatches', 'patchToWords'] as const).flatMap((direction) =>
      pointingTable(choices, attended, boxes, options, direction).map((row) => ({ ...row, direction })),
    );
  };
  return {
    name: 'attention',
    async run({ validation, tests }) {
      const splits = [validation, ...tests];
      const rows: (PointingRow & MapChoice)[][] = [];
      for (const [number, split] of splits.entries()) {
        onProgress(number, splits.length);
        rows.push(await scored(split));
      }
      onProgress(splits.length, splits.length);
      const [chosenOn, ...measured] = rows;
      const { choice, direction } = chosenOn!
        .filter((row) => wanted === undefined || nameOf(row.choice) === nameOf(wanted))
        .reduce((best, next) => (next.accuracy.value > best.accuracy.value ? next : best));
      const map = { choice, direction, name: mapName({ choice, direction }) };
      const figures = (table: readonly (PointingRow & MapChoice)[], one: MapChoice) =>
        pointingFigures(table.find((row) => mapName(row) === mapName(one))!);
      return {
        map,
        validation: figures(chosenOn!, map),
        pointing: figures(measured[0]!, map),
        parts: Object.fromEntries(
          tests.map(({ name, title = name }, at) => [
            name,
            { title, best: figures(measured[at]!, map), last: figures(measured[at]!, lastBlock) },
          ]),
        ),
        layers: chosenOn!.map((row) => {
          const { accuracy, inside, ...one } = row;
          return { choice: one.choice, direction: one.direction, name: mapName(one), accuracy, inside };
        }),
      };
    },
    headline: ({ parts }) =>
      Object.fromEntries(Object.entries(parts).map(([name, { best }]) => [name, best.accuracy.value])),
  };
}
