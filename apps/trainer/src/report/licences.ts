import { emojiCredits, iconCredits } from '@m3ae/datasets';
import type { ExtraConfig } from '../config/schema-data.js';
import type { TrainerConfig } from '../config/schema.js';
import type { ReportLicence } from './types.js';

const names: ReportLicence = {
  name: 'emojibase (names and tags, after Unicode CLDR)',
  author: 'Miles Johnson',
  licence: 'MIT, Unicode licence',
};
const wordnet: ReportLicence = {
  name: 'WordNet 3.1',
  author: 'Princeton University',
  licence: 'WordNet licence',
};

function drawingsOf(source: ExtraConfig): ReportLicence[] {
  if (source.kind !== 'emoji' && source.kind !== 'scenes' && source.kind !== 'icons') return [];
  const credits = source.kind === 'icons' ? iconCredits([source.set]) : emojiCredits(source.vendors);
  const drawings = credits.map(({ title, author, licence }) => ({ name: title, author, licence }));
  return source.kind === 'icons' ? drawings : [...drawings, names];
}

/** Who made the built-in data that a config uses, each once; empty for a person's own folder. */
export function licencesOf({ data }: TrainerConfig): ReportLicence[] {
  const { source, extra, unpairedText } = data;
  const all = [...[source, ...extra].flatMap(drawingsOf), ...(unpairedText === null ? [] : [wordnet])];
  return [...new Map(all.map((licence) => [licence.name, licence])).values()];
}
