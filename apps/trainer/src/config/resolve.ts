import { specOfAddress } from '@m3ae/datasets';
import type { z } from 'zod';
import { isRecord, unusable } from '@m3ae/errors';
import { crossFaults } from './cross-checks.js';
import { inTodaysWords } from './earlier-words.js';
import { repair } from './repair.js';
import { configSchema, type TrainerConfig } from './schema.js';

/** The sentences about one issue of the schema. */
function sentencesOf(issue: z.core.$ZodIssue): string[] {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    return issue.message.split('\n').map((line) => [...path, line].join('.'));
  }
  return [`${path.length === 0 ? 'The config' : path.join('.')} ${issue.message}`];
}

/**
 * The spec in place of each address of data, such as `csv:captions.csv`, and today's words in place of earlier ones; what is
 * neither stays, for the schema to refuse.
 */
function asSpecs(config: unknown): unknown {
  if (!isRecord(config)) return config;
  const { data, evaluation } = config;
  const spec = (value: unknown) => (typeof value === 'string' ? (specOfAddress(value) ?? value) : value);
  const within = (section: unknown, names: readonly string[]) => {
    if (!isRecord(section)) return section;
    const named = Object.entries(section).filter(([name]) => names.includes(name));
    const meant = named.map(([name, value]) => [name, Array.isArray(value) ? value.map(spec) : spec(value)]);
    return { ...section, ...Object.fromEntries(meant) };
  };
  return {
    ...config,
    ...(data !== undefined && { data: within(data, ['source', 'extra', 'unpairedText']) }),
    ...(evaluation !== undefined && { evaluation: within(inTodaysWords(evaluation), ['outliers']) }),
  };
}

/**
 * Fills in the defaults of a config and checks all of it.
 *
 * @param given - What a config file exports, after `--set`.
 * @returns The whole config; plain data.
 * @throws InvalidInput with one sentence for every fault, not only the first: those of single settings, and those that show only
 * between settings that are themselves right.
 *
 * @example
 * ```ts
 * resolveConfig({ data: { source: { kind: 'emoji' } } }).image.patchSize; // 16
 * ```
 */
export function resolveConfig(given: unknown): TrainerConfig {
  const input = asSpecs(given);
  const result = configSchema.safeParse(input);
  if (result.success) {
    const faults = crossFaults(result.data);
    if (faults.length > 0) throw unusable(faults);
    return result.data;
  }
  // A number beyond what a double counts is told twice by zod, in the same words.
  const faults = new Set(result.error.issues.flatMap(sentencesOf));
  const repaired = repair(configSchema, input);
  if (repaired !== undefined) {
    crossFaults(repaired.config, repaired.doubtful).forEach((fault) => faults.add(fault));
  }
  throw unusable([...faults]);
}
