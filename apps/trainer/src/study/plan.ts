import { InputError } from '../config/config-error.js';
import { applyOverrides } from '../config/overrides.js';
import { resolveConfig } from '../config/resolve.js';
import type { TrainerConfig } from '../config/schema.js';
import { optionArguments } from '../run/command-log.js';
import type { Study } from './load.js';
import type { StudyEvaluation } from './schema.js';
import { wantedEvaluations } from './wanted.js';
import { decisiveSettings, hashOf, identifyingSettings } from './settings.js';

/** One pre-training: a variant with a seed. */
export interface TrainingPart {
  readonly kind: 'pretrain';
  /** Tells it from every other part, in this study and others. */
  readonly hash: string;
  /** E.g. `m3ae-seed0`, after the first variant that needs it. */
  readonly name: string;
  readonly seed: number;
  /** The settings behind the hash. */
  readonly settings: unknown;
  /** All settings that matter, defaults included. */
  readonly resolved: unknown;
  /** What is written for `m3ae pretrain`, every default included: a later version may have others. */
  readonly input: Record<string, unknown>;
  /** Updates in all, where the config tells. */
  readonly steps: number | undefined;
}

/** One command on one trained run. */
export interface EvaluationPart {
  readonly kind: 'evaluate';
  readonly hash: string;
  /** E.g. `m3ae-seed0.probe`. */
  readonly name: string;
  readonly seed: number;
  readonly settings: unknown;
  /** Name in the study config. */
  readonly evaluation: string;
  /** Arguments between `m3ae COMMAND RUN` and `--json`. */
  readonly command: string;
  readonly options: readonly string[];
  /** Hash of the pre-training that it is about. */
  readonly training: string;
}

/** A piece of work that is done once. */
export type StudyPart = TrainingPart | EvaluationPart;

/** What is to be done for one variant with one seed. */
export interface PlannedRun {
  readonly variant: string;
  readonly seed: number;
  readonly training: string;
  /** Hash of each evaluation by its name in the study config. */
  readonly evaluations: Readonly<Record<string, string>>;
}

/** Everything a study consists of, in the order in which it is best done. */
export interface StudyPlan {
  readonly parts: readonly StudyPart[];
  readonly runs: readonly PlannedRun[];
}

/** Settings of the child process that no result depends on. */
function forTheStudy(threads: number, name: string): Record<string, unknown> {
  return {
    name,
    'train.threads': threads,
    'evaluation.enabled': false,
    'report.enabled': false,
    'log.tensorboard': false,
    'checkpoint.keepLast': 1,
    'checkpoint.keepBest': 0,
  };
}

const assignments = (set: Readonly<Record<string, unknown>>) =>
  Object.entries(set).map(([path, value]) => `${path}=${JSON.stringify(value)}`);

function configOf(study: Study, variant: string, set: Record<string, unknown>): TrainerConfig {
  const input = applyOverrides(study.baseInput, assignments(set)) as Record<string, unknown>;
  try {
    return resolveConfig(input);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(error.faults.map((fault) => `In variant ${variant}: ${fault}`));
  }
}

function trainingPart(study: Study, variant: string, seed: number, identity: Identity): TrainingPart {
  const name = `${variant}-seed${seed}`;
  const set = { ...study.variants[variant]!.set, ...forTheStudy(study.threads, name), seed };
  const config = configOf(study, variant, set);
  const settings = { ...identity.settings, seed };
  return {
    kind: 'pretrain',
    hash: hashOf({ kind: 'pretrain', settings }),
    name,
    seed,
    settings,
    resolved: { ...identity.resolved, seed },
    input: JSON.parse(JSON.stringify(config)) as Record<string, unknown>,
    steps: identity.config.train.steps,
  };
}

/** What all seeds of a variant share. */
interface Identity {
  readonly config: TrainerConfig;
  readonly settings: Record<string, unknown>;
  readonly resolved: Record<string, unknown>;
}

function identityOf(study: Study, variant: string): Identity {
  const config = configOf(study, variant, { ...study.variants[variant]!.set, seed: 0 });
  return { config, settings: identifyingSettings(config), resolved: decisiveSettings(config) };
}

function evaluationPart(name: string, evaluation: StudyEvaluation, training: TrainingPart): EvaluationPart {
  const command = evaluation.command ?? name;
  const settings = { command, options: evaluation.options };
  return {
    kind: 'evaluate',
    hash: hashOf({ kind: 'evaluate', settings, training: training.hash }),
    name: `${training.name}.${name}`,
    seed: training.seed,
    settings,
    evaluation: name,
    command,
    options: optionArguments(evaluation.options),
    training: training.hash,
  };
}

/**
 * Lists the parts of a study: every pre-training once, however many variants ask for it, seeds first, so that
 * an interrupted study has something to say about every variant.
 *
 * @throws InputError naming the variant whose config does not hold together.
 */
export function planStudy(study: Study): StudyPlan {
  const wantedBy = wantedEvaluations(study);
  const names = Object.keys(study.variants);
  const faults: string[] = [];
  const identities = new Map<string, Identity>();
  for (const name of names) {
    try {
      identities.set(name, identityOf(study, name));
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      faults.push(...error.faults);
    }
  }
  if (faults.length > 0) throw new InputError(faults);
  const seedsOf = (name: string) => study.variants[name]!.seeds ?? study.seeds;
  const seeds = [...new Set(names.flatMap(seedsOf))];
  const parts = new Map<string, StudyPart>();
  const runs: PlannedRun[] = [];
  for (const seed of seeds) {
    for (const variant of names.filter((name) => seedsOf(name).includes(seed))) {
      const made = trainingPart(study, variant, seed, identities.get(variant)!);
      const training = (parts.get(made.hash) as TrainingPart | undefined) ?? made;
      parts.set(training.hash, training);
      const evaluations = wantedBy(variant, seed).map((name) => {
        const part = evaluationPart(name, study.evaluations[name]!, training);
        if (!parts.has(part.hash)) parts.set(part.hash, part);
        return [name, part.hash] as const;
      });
      runs.push({ variant, seed, training: training.hash, evaluations: Object.fromEntries(evaluations) });
    }
  }
  return { parts: [...parts.values()], runs };
}
