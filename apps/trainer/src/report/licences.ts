import type { ExtraConfig } from '../config/schema-data.js';
import type { TrainerConfig } from '../config/schema.js';
import type { RunReport } from '@m3ae/report';
import { sampleSpecs } from '../config/samples.js';

type Licence = RunReport['licences'][number];

const names: Licence = {
  name: 'emojibase (names and tags, after Unicode CLDR)',
  author: 'Miles Johnson',
  licence: 'MIT, Unicode licence',
};
const wordnet: Licence = {
  name: 'WordNet 3.1',
  author: 'Princeton University',
  licence: 'WordNet licence',
};

function drawingsOf(source: ExtraConfig): Licence[] {
  if (source.kind !== 'emoji' && source.kind !== 'scenes' && source.kind !== 'icons') return [];
  const { emojiCredits, iconCredits } = sampleSpecs!; // their package is there: it checked the config
  const credits = source.kind === 'icons' ? iconCredits([source.set]) : emojiCredits(source.vendors);
  const drawings = credits.map(({ title, author, licence }) => ({ name: title, author, licence }));
  return source.kind === 'icons' ? drawings : [...drawings, names];
}

/** Who made the built-in data that a config uses, each once; empty for a person's own folder. */
export function licencesOf({ data }: TrainerConfig): Licence[] {
  const { source, extra, unpairedText } = data;
  const drawn = [source, ...extra].flatMap(drawingsOf);
  const all = [...drawn, ...(unpairedText?.kind === 'wordnet' ? [wordnet] : [])];
  return [...new Map(all.map((licence) => [licence.name, licence])).values()];
}
