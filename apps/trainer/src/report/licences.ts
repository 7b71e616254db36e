import type { TrainerConfig } from '../config/schema.js';
import type { ReportLicence } from './types.js';

const emojiLicences: Readonly<Record<string, ReportLicence>> = {
  noto: { name: 'Noto Emoji', author: 'Google Inc', licence: 'Apache 2.0' },
  'noto-v1': { name: 'Noto Emoji (v1)', author: 'Google Inc', licence: 'Apache 2.0' },
  twemoji: { name: 'Twitter Emoji', author: 'Twitter', licence: 'CC BY 4.0' },
  openmoji: { name: 'OpenMoji', author: 'OpenMoji', licence: 'CC BY-SA 4.0' },
  'fluent-emoji-flat': { name: 'Fluent Emoji Flat', author: 'Microsoft Corporation', licence: 'MIT' },
  emojione: { name: 'Emoji One (Colored)', author: 'Emoji One', licence: 'CC BY 4.0' },
  'fluent-emoji-3d': { name: 'Fluent Emoji 3D', author: 'Microsoft Corporation', licence: 'MIT' },
};

const names: ReportLicence = { name: 'emojibase (names and tags)', author: 'Miles Johnson', licence: 'MIT' };
const wordnet: ReportLicence = {
  name: 'WordNet 3.1',
  author: 'Princeton University',
  licence: 'WordNet licence',
};

/** Who made the built-in data that a config uses; empty for a person's own folder. */
export function licencesOf({ data }: TrainerConfig): ReportLicence[] {
  const { source, unpairedText } = data;
  const pictures =
    source.kind === 'emoji' ? [...source.vendors.map((vendor) => emojiLicences[vendor]!), names] : [];
  return [...pictures, ...(unpairedText === null ? [] : [wordnet])];
}
