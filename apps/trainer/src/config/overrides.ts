import { type Address, type DatasetSpec, specOfAddress } from '@m3ae/datasets';
import { faultOf, throwFaults } from '@m3ae/errors';
import { applyOverrides as apply, type OverrideRules, parseAssignments } from '@m3ae/errors/settings';

const rules: OverrideRules = {
  exclusive: { train: ['steps', 'epochs'], 'optimizer.warmup': ['steps', 'epochs', 'share'] },
  sectionOf: (value) => (typeof value === 'string' ? specOfAddress(value) : undefined),
};

/**
 * Applies `--set path=value` to a config that is not yet checked. `path=null` returns a setting to its default, which is also
 * null where null is a value. A setting that excludes another, as train.steps does train.epochs, takes its place; one of a source
 * that is given by its address joins what the address says. A whole section joins settings of it that stand before it.
 *
 * @param input - What the config file holds; it is not changed.
 * @param assignments - E.g. `['train.steps=20', 'image.mean=[0.5,0.5,0.5]']`; later ones win.
 * @returns A changed copy.
 * @throws InvalidInput for an assignment without `=`, an empty or unsafe path, or a section that contradicts a setting before it.
 */
export const applyOverrides = (input: unknown, assignments: readonly string[]): unknown =>
  apply(input, assignments, rules);

const ofSource = 'data.source.';

/**
 * Sources that a command names by their addresses, each with what `--set data.source.NAME=VALUE` says; what is no address stays as it is.
 *
 * @throws InvalidInput as {@link applyOverrides} does, and for a setting of anything else.
 */
export function withSettings(
  addresses: readonly string[],
  assignments: readonly string[],
): (Address | DatasetSpec)[] {
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
  return addresses.map((address) => {
    if (assignments.length === 0 || !specOfAddress(address)) return address as Address; // any other text is refused by its own words
    const { data } = applyOverrides({ data: { source: address } }, assignments) as {
      data: { source: DatasetSpec };
    }; // what it holds is checked where it is opened
    return data.source;
  });
}

/** The settings of a source that {@link withSettings} takes, by their names. */
export function settingsOf(assignments: readonly string[]): object {
  const { data } = applyOverrides({}, assignments) as { data?: { source?: object } }; // nothing else was taken
  return data?.source ?? {};
}
