import { isPicture } from '../folder/kinds.js';
import type { TarMember } from './tar.js';

/** Members of an archive that belong together: they have one key and stand next to each other. */
export interface TarSample {
  /** The name up to the first dot behind its last slash. */
  readonly key: string;
  /** By what follows that dot, in lower case: `jpg`, `txt`, `json`, `cls`. */
  readonly fields: ReadonlyMap<string, TarMember>;
}

/** Splits a name where the format does: folders may hold dots. */
export function splitName(name: string): { readonly key: string; readonly field: string } {
  const base = name.lastIndexOf('/') + 1;
  const dot = name.indexOf('.', base);
  if (dot < 0) return { key: name, field: '' };
  return { key: name.slice(0, dot), field: name.slice(dot + 1).toLowerCase() };
}

/** Puts members together to samples; one that comes again begins another. Names without a dot, and hidden ones, belong to none. */
export async function* samplesOf(members: AsyncIterable<TarMember>): AsyncGenerator<TarSample, void, void> {
  let key: string | undefined;
  let fields = new Map<string, TarMember>();
  for await (const member of members) {
    const { key: own, field } = splitName(member.name);
    if (field === '' || own === '' || own.endsWith('/')) continue;
    if (own !== key || fields.has(field)) {
      if (key !== undefined) yield { key, fields };
      key = own;
      fields = new Map();
    }
    fields.set(field, member);
  }
  if (key !== undefined) yield { key, fields };
}

/** The field of a sample's picture: the one that is named, else the first whose name is that of a format. */
export function pictureField({ fields }: TarSample, imageKey: string | undefined): string | undefined {
  if (imageKey !== undefined) return fields.has(imageKey.toLowerCase()) ? imageKey.toLowerCase() : undefined;
  return [...fields.keys()].find((field) => !field.includes('.') && isPicture(`.${field}`));
}

/** A field like `b.jpg`, which is a picture's where the name holds a dot more than the format allows. */
export function dottedField({ fields }: TarSample): string | undefined {
  return [...fields.keys()].find((field) => field.includes('.') && isPicture(field));
}
