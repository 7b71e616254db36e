import { emojiCredits } from '@m3ae/datasets';
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

/** Who made the built-in data that a config uses; empty for a person's own folder. */
export function licencesOf({ data }: TrainerConfig): ReportLicence[] {
  const { source, unpairedText } = data;
  const drawings =
    source.kind === 'emoji'
      ? emojiCredits(source.vendors).map(({ title, author, licence }) => ({ name: title, author, licence }))
      : [];
  return [
    ...drawings,
    ...(source.kind === 'emoji' ? [names] : []),
    ...(unpairedText === null ? [] : [wordnet]),
  ];
}
