import type { Accuracy } from '../classification/accuracy.js';
import type { ClassRow } from '../classification/report.js';

/** Features that this package makes; `both` is `mean` and `cls` side by side, `pixels` needs no model. */
export const featureNames = ['mean', 'cls', 'both', 'pixels'] as const;

/** One of {@link featureNames}. */
export type FeatureName = (typeof featureNames)[number];

/** Some features and the raw pixels, which every figure is held against: a table without them hides a model that loses to them. */
export function withBaseline(names: readonly FeatureName[]): FeatureName[] {
  return [...new Set([...names, 'pixels' as const])];
}

/** Shares named right, with 95 % intervals. */
export interface SplitAccuracy {
  /** The first guess. */
  readonly top1: Accuracy;
  /** One of the first five guesses. */
  readonly top5: Accuracy;
}

/** A test split, as tables name it. */
export interface TestSplit {
  /** Key of its figures. */
  readonly key: string;
  readonly name: string;
  readonly note: string;
  /** Pictures that were measured. */
  readonly length: number;
  /** Pictures that were left out, as they cannot be read; absent where there are none. */
  readonly unreadable?: number;
  /** Share of the training split's most frequent class: what naming it always would give. */
  readonly majority: number;
}

/** One kind of features with a classifier whose setting was chosen on the validation split. */
export interface FeatureAccuracy {
  readonly dimensions: number;
  readonly validation: Accuracy;
  readonly tests: Readonly<Record<string, SplitAccuracy>>;
}

/** The best features' mistakes on one test split. */
export interface TestDetails {
  /** Classes with examples, in the order of the labels. */
  readonly perClass: readonly ClassRow[];
  /** `[true class, named class, count]` for every pair that occurs. */
  readonly confusion: readonly (readonly [number, number, number])[];
}

/** What classifiers on features found. */
export interface ClassifierResults<Setting, Name extends string = FeatureName> {
  /** The learned features that do best on the validation split. */
  readonly best: Name;
  readonly chosenOn: 'validation';
  readonly classes: number;
  /** Names in the order of the labels; absent in results of earlier versions. */
  readonly classNames?: readonly string[];
  readonly trainExamples: number;
  readonly tests: readonly TestSplit[];
  readonly features: Readonly<Partial<Record<Name, FeatureAccuracy & Setting>>>;
  /** Mistakes of the best features, by test split. */
  readonly details: Readonly<Record<string, TestDetails>>;
}

/** Results of logistic regression: the penalty that was chosen for each kind of features. */
export type ProbeResults<Name extends string = FeatureName> = ClassifierResults<
  { readonly l2: number },
  Name
>;

/** Results of nearest neighbors: how many vote, chosen for each kind of features. */
export type NeighborResults<Name extends string = FeatureName> = ClassifierResults<
  { readonly neighbors: number },
  Name
>;

/** Results of the reference's probe: after the last epoch, and after the one best on the validation split. */
export type ReferenceProbeResults<Name extends string = FeatureName> = ClassifierResults<
  {
    readonly epochs: number;
    readonly best: {
      readonly epoch: number;
      readonly validation: Accuracy;
      readonly tests: Readonly<Record<string, SplitAccuracy>>;
    };
  },
  Name
>;

/** A classifier that was trained from an encoder on, all of its weights, after its last step. */
export interface FineTuneResults {
  /** The run folder of the fine-tuned model; other commands evaluate it too. */
  readonly folder: string;
  readonly steps: number;
  readonly classes: number;
  /** Names in the order of the labels; absent in results of earlier versions. */
  readonly classNames?: readonly string[];
  readonly trainExamples: number;
  readonly validation: Accuracy;
  readonly parts: readonly TestSplit[];
  readonly tests: Readonly<Record<string, SplitAccuracy>>;
  readonly details: Readonly<Record<string, TestDetails>>;
}
