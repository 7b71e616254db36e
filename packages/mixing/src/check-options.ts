import { faultOf, type MaybeFault, positiveInteger, throwFaults, unknownKeys } from '@m3ae/errors';
import type { MixerOptions, MixerSource, SourceShards } from './options.js';
import { isPaired } from './use-text.js';

type Faults = readonly MaybeFault[];

const KEYS = [
  'key',
  'batchSize',
  'sources',
  'strategy',
  'pairedShare',
  'pairedBy',
  'dropText',
  'shuffle',
  'rank',
  'ranks',
];
const KINDS = ['paired', 'image', 'text'];

/** Throws one error that names every fault of the options. */
export function checkOptions(options: MixerOptions): void {
  const { strategy = 'pairedPlusText', pairedBy = 'modulo', shuffle = true, sources } = options;
  if (!Array.isArray(sources) || sources.length === 0) {
    throwFaults([faultOf('sources', 'a list of at least one source', sources, 'Name the data sets to mix.')]);
  }
  throwFaults([
    ...unknownKeys('options', options, KEYS),
    ...keyFaults(options.key),
    ...rankFaults(options),
    oneOf('strategy', strategy, ['pairedPlusText', 'weighted']),
    oneOf('pairedBy', pairedBy, ['modulo', 'hash']),
    typeof shuffle !== 'boolean' && faultOf('shuffle', 'true or false', shuffle, 'Leave it out for true.'),
    ...sources.flatMap((source, i) => sourceFaults(source, `sources[${i}]`, options)),
    ...(strategy === 'weighted' ? weightFaults(sources) : pairedPlusTextFaults(sources)),
    ...shareFaults(options),
  ]);
}

function oneOf(field: string, value: string, allowed: readonly string[]): MaybeFault {
  return (
    !allowed.includes(value) &&
    faultOf(field, `one of ${allowed.join(', ')}`, value, `The usual one is ${allowed[0]}.`)
  );
}

function keyFaults(key: readonly number[]): Faults {
  const words = Array.isArray(key) ? (key as readonly number[]) : [];
  const good = words.length === 2 && words.every((word) => Number.isInteger(word) && word === word >>> 0);
  return [!good && faultOf('key', 'two uint32 words', key, 'Make one with key(seed) of @m3ae/random.')];
}

function rankFaults({ batchSize, rank = 0, ranks = 1 }: MixerOptions): Faults {
  const faults: MaybeFault[] = [
    positiveInteger('batchSize', batchSize, 'It counts the examples of a step over all ranks.'),
    positiveInteger('ranks', ranks, 'Leave it out for a single process.'),
  ];
  if (faults.some((fault) => fault !== false)) return faults;
  return [
    batchSize % ranks !== 0 &&
      faultOf('batchSize', `a multiple of ranks, ${ranks}`, batchSize, 'Every rank takes an equal part.'),
    !(Number.isInteger(rank) && rank >= 0 && rank < ranks) &&
      faultOf('rank', `an integer in [0, ${ranks})`, rank, 'Ranks count from 0.'),
  ];
}

function sourceFaults(source: MixerSource, field: string, { batchSize, strategy }: MixerOptions): Faults {
  const { name, kind, length, weight, shards } = source;
  const tooShort = Number.isInteger(length) && length > 0 && length < batchSize;
  return [
    ...unknownKeys(field, source, ['name', 'kind', 'length', 'weight', 'shards']),
    !(typeof name === 'string' && name !== '') &&
      faultOf(`${field}.name`, 'a non-empty text', name, 'Name it after its data set.'),
    oneOf(`${field}.kind`, kind, KINDS),
    positiveInteger(`${field}.length`, length, 'Pass the number of examples.'),
    tooShort &&
      faultOf(
        `${field}.length`,
        `at least batchSize, ${batchSize}`,
        length,
        'Use a smaller batch or more data.',
      ),
    weight !== undefined &&
      !(Number.isFinite(weight) && weight >= 0) &&
      faultOf(
        `${field}.weight`,
        'a finite number of at least 0',
        weight,
        'Weights are relative: 3 and 1 is 3 to 1.',
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

function shardFaults(
  { ends, window, lanes = 1, ...rest }: SourceShards,
  field: string,
  length: number,
  batchSize: number,
): Faults {
  const list = Array.from(ends);
  const rise = list.every((end, at) => Number.isInteger(end) && end >= (list[at - 1] ?? 0));
  return [
    ...unknownKeys(field, rest, []),
    positiveInteger(`${field}.window`, window, 'Write how many examples to shuffle among, e.g. 1024.'),
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
      faultOf(
        'sources',
        'with exactly one paired or image source',
        `${others}`,
        "Or use strategy: 'weighted'.",
      ),
    texts > 1 &&
      faultOf('sources', 'with at most one text source', `${texts}`, "Or use strategy: 'weighted'."),
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

const inUnit = (value: number): boolean => value >= 0 && value <= 1;

function shareFaults({ pairedShare = 1, pairedBy = 'modulo', dropText = 0, sources }: MixerOptions): Faults {
  const percent = pairedShare * 100;
  const whole = Math.abs(percent - Math.round(percent)) < 1e-9;
  const faults: MaybeFault[] = [
    !inUnit(pairedShare) && faultOf('pairedShare', 'in [0, 1]', pairedShare, 'Write ten percent as 0.1.'),
    !inUnit(dropText) && faultOf('dropText', 'in [0, 1]', dropText, 'Write ten percent as 0.1.'),
    pairedBy === 'modulo' &&
      inUnit(pairedShare) &&
      !whole &&
      faultOf('pairedShare', 'a whole percentage', pairedShare, "Round it, or pass pairedBy: 'hash'."),
  ];
  if (faults.some((fault) => fault !== false) || pairedShare === 0) return faults;
  for (const [i, { kind, length }] of sources.entries()) {
    const some = kind !== 'paired' || anyPaired(length, pairedShare, pairedBy);
    faults.push(
      !some &&
        faultOf(
          'pairedShare',
          `large enough to leave a caption among the ${length} examples of sources[${i}]`,
          pairedShare,
          "Raise it, pass pairedBy: 'hash', or write 0.",
        ),
    );
  }
  return faults;
}

function anyPaired(length: number, share: number, rule: 'modulo' | 'hash'): boolean {
  for (let index = 0; index < length; index++) if (isPaired(index, share, rule)) return true;
  return false;
}
