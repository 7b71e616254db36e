import { faultOf, throwFaults } from '@m3ae/errors';
import { applyOverrides, parseAssignments } from '@m3ae/errors/settings';
import type { DatasetSpec } from '../dataset.js';
import { type Address, specOfAddress } from './address.js';

const ofSource = 'data.source.';

/** Sources that a person names by their addresses, and what is set of all of them. */
export interface SetSources {
  /** The spec of each address with its settings; what is no address stays as it is. */
  readonly specs: readonly (Address | DatasetSpec)[];
  /** The settings by their names, for `placeSpecFaults`. */
  readonly settings: object;
}

/**
 * Sources by their addresses, each with what assignments `data.source.NAME=VALUE` say.
 *
 * @throws InvalidInput for an assignment that is none, and for a setting of anything else.
 *
 * @example
 * ```ts
 * withSettings(['folder:photos'], ['data.source.captions=none']).specs; // [{ kind: 'folder', path: 'photos', captions: 'none' }]
 * ```
 */
export function withSettings(addresses: readonly string[], assignments: readonly string[]): SetSources {
  throwFaults(
    parseAssignments(assignments).map(
      ([path]) =>
        !path.startsWith(ofSource) &&
        faultOf(
          '--set',
          `a setting of the source, ${ofSource}…`,
          path,
          `Write e.g. ${ofSource}captions=none.`,
        ),
    ),
  );
  const sourceOf = (source?: DatasetSpec) => {
    const { data } = applyOverrides(source ? { data: { source } } : {}, assignments) as {
      data?: { source?: DatasetSpec };
    }; // what it holds is checked where it is opened
    return data?.source;
  };
  const specs = addresses.map((address) => {
    const spec = assignments.length > 0 ? specOfAddress(address) : undefined;
    return (spec && sourceOf(spec)) ?? (address as Address); // any other text is refused by its own words
  });
  return { specs, settings: sourceOf() ?? {} };
}
