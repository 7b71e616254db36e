import { faultOf, isRecord, type MaybeFault, requireRecord, throwFaults } from '@m3ae/errors';
import {
  anything,
  examine,
  integer,
  matching,
  number,
  oneOf,
  optional,
  record,
  text,
} from '@m3ae/errors/rules';
import {
  type MixerConfiguration,
  type MixerOptions,
  mixerRules,
  type MixerSource,
  type SourceShards,
} from './options.js';
import { isPaired } from './use-text.js';

type Faults = readonly MaybeFault[];

const optionsRule = record({
  key: anything,
  batchSize: integer({ min: 1 }, 'It counts the examples of a step over all ranks.'),
  sources: anything,
  ...mixerRules,
  rank: optional(integer({ min: 0 }, 'Ranks count from 0.')),
  ranks: optional(integer({ min: 1 }, 'Leave it out for a single process.')),
});

const sourceRule = record({
  name: text('Name it after its data set.'),
  kind: oneOf(['paired', 'image', 'text'], 'The usual one is paired.'),
  length: integer({ min: 1 }, 'Pass the number of examples.'),
  weight: optional(number({ min: 0 }, 'Weights are relative: 3 and 1 is 3 to 1.')),
  shards: anything,
});

const shardsRule = record({
  ends: matching<ArrayLike<number>>(
    'a list',
    (ends) => Array.isArray(ends) || ArrayBuffer.isView(ends),
    'Say where each shard ends.',
    [],
  ),
  window: integer({ min: 1 }, 'Write how many examples to shuffle among, e.g. 1024.'),
  lanes: anything,
});

/** Throws one error that names every fault of the options. */
export function checkOptions(options: MixerOptions): void {
  requireRecord('options', options, 'key, batchSize, sources', 'Write { key, batchSize, sources } at least.');
  const { key, sources } = options;
  if (!Array.isArray(sources) || sources.length === 0 || !sources.every(isRecord)) {
    throwFaults([faultOf('sources', 'a list of at least one source', sources, 'Name the data sets to mix.')]);
  }
  const { value, faults } = examine(optionsRule, options);
  const ofSources = sources.flatMap((source, i) => sourceFaults(source, `sources[${i}]`, options));
  throwFaults([
    ...faults,
    ...keyFaults(key),
    ...rankFaults(value),
    ...ofSources,
    ...(value.strategy === 'weighted' ? weightFaults(sources) : pairedPlusTextFaults(sources)),
    ...([...faults, ...ofSources].some(Boolean) ? [] : shareFaults(value, sources)),
  ]);
}

function keyFaults(key: readonly number[]): Faults {
  const words = Array.isArray(key) ? key : [];
  const good = words.length === 2 && words.every((word) => Number.isInteger(word) && word === word >>> 0);
  return [!good && faultOf('key', 'two uint32 words', key, 'Make one with key(seed) of @m3ae/random.')];
}

function rankFaults({
  batchSize,
  rank = 0,
  ranks = 1,
}: Pick<MixerOptions, 'batchSize' | 'rank' | 'ranks'>): Faults {
  return [
    batchSize % ranks !== 0 &&
      faultOf('batchSize', `a multiple of ranks, ${ranks}`, batchSize, 'Every rank takes an equal part.'),
    rank >= ranks && faultOf('rank', `an integer in [0, ${ranks})`, rank, 'Ranks count from 0.'),
  ];
}

function sourceFaults(source: MixerSource, field: string, { batchSize, strategy }: MixerOptions): Faults {
  const { length, weight, shards } = source;
  const tooShort = Number.isInteger(length) && length > 0 && length < batchSize;
  return [
    ...examine(sourceRule, source, { path: field }).faults,
    tooShort &&
      faultOf(
        `${field}.length`,
        `at least batchSize, ${batchSize}`,
        length,
        'Use a smaller batch or more data.',
      ),
    weight !== undefined &&
      strategy !== 'weighted' &&
      faultOf(
        `${field}.weight`,
        "left out unless strategy is 'weighted'",
        weight,
        'Every source gives each step.',
      ),
    ...(shards === undefined ? [] : shardFaults(shards, `${field}.shards`, length, batchSize)),
  ];
}

function shardFaults(shards: SourceShards, field: string, length: number, batchSize: number): Faults {
  const { value, faults } = examine(shardsRule, shards, { path: field });
  if (faults.length > 0) return faults;
  const list = Array.from(value.ends);
  const { lanes = 1 } = shards;
  const rise = list.every((end, at) => Number.isInteger(end) && end >= (list[at - 1] ?? 0));
  return [
    !dividesBatch(lanes, batchSize) &&
      faultOf(`${field}.lanes`, `a divisor of batchSize, ${batchSize}`, lanes, 'Leave it out for 1.'),
    !(rise && list.at(-1) === length) &&
      faultOf(`${field}.ends`, `rising integers that end at ${length}`, list, 'Say where each shard ends.'),
  ];
}

/** Whether a batch can be divided among so many lanes. */
export const dividesBatch = (lanes: number, batchSize: number): boolean =>
  Number.isInteger(lanes) && lanes >= 1 && batchSize % lanes === 0;

function pairedPlusTextFaults(sources: readonly MixerSource[]): Faults {
  const texts = sources.filter(({ kind }) => kind === 'text').length;
  const others = sources.length - texts;
  return [
    ...nameFaults(sources),
    others !== 1 &&
      faultOf('sources', 'with exactly one paired or image source', others, "Or use strategy: 'weighted'."),
    texts > 1 && faultOf('sources', 'with at most one text source', texts, "Or use strategy: 'weighted'."),
  ];
}

function weightFaults(sources: readonly MixerSource[]): Faults {
  const total = sources.reduce((sum, { weight = 1 }) => sum + weight, 0);
  return [
    ...nameFaults(sources),
    total === 0 && faultOf('sources', 'with a weight above 0', 'only zeros', 'Give one a weight.'),
  ];
}

function nameFaults(sources: readonly MixerSource[]): Faults {
  const names = sources.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  return [twice !== undefined && faultOf('sources', 'of different names', `${twice} twice`, 'Rename one.')];
}

function shareFaults(
  { pairedShare, pairedBy }: Pick<MixerConfiguration, 'pairedShare' | 'pairedBy'>,
  sources: readonly MixerSource[],
): Faults {
  const percent = pairedShare * 100;
  if (pairedBy === 'modulo' && Math.abs(percent - Math.round(percent)) >= 1e-9) {
    const remedy = "Round it, or pass pairedBy: 'hash'.";
    return [faultOf('pairedShare', 'a whole percentage', pairedShare, remedy)];
  }
  if (pairedShare === 0) return [];
  return sources.map(({ kind, length }, i) => {
    if (kind !== 'paired' || anyPaired(length, pairedShare, pairedBy)) return false;
    const rule = `large enough to leave a caption among the ${length} examples of sources[${i}]`;
    return faultOf('pairedShare', rule, pairedShare, "Raise it, pass pairedBy: 'hash', or write 0.");
  });
}

function anyPaired(length: number, share: number, rule: 'modulo' | 'hash'): boolean {
  for (let index = 0; index < length; index++) if (isPaired(index, share, rule)) return true;
  return false;
}
