import { type Fault, InvalidInput, isInvalidInput, isRecord } from '@m3ae/errors';

/**
 * Opens a source that a section of settings names. What is wrong with a setting of it is told by the path that a person types; a file
 * or a folder keeps its own.
 *
 * @param section - E.g. `data.extra.0`.
 * @param spec - The section, as it was given.
 * @throws InvalidInput as `open` does.
 *
 * @example
 * ```ts
 * const spec = { kind: 'folder', path: 'photos', validationShare: 2 } as const;
 * await placeSpecFaults('data.source', spec, () => openDataset(spec)); // data.source.validationShare must be in [0, 1) …
 * ```
 */
export async function placeSpecFaults<Opened>(
  section: string,
  spec: object,
  open: () => Opened | Promise<Opened>,
): Promise<Opened> {
  try {
    return await open();
  } catch (error) {
    if (!isInvalidInput(error) || error.head !== undefined) throw error; // a head says of what
    const options = 'options' in spec && isRecord(spec.options) ? spec.options : {};
    const placed = (fault: Fault): Fault => {
      const [name = ''] = fault.path.split('.');
      // What a module says of its own options is told of them.
      const place = Object.hasOwn(spec, name)
        ? section
        : Object.hasOwn(options, name)
          ? `${section}.options`
          : undefined;
      return place === undefined ? fault : { ...fault, path: `${place}.${fault.path}` };
    };
    throw new InvalidInput(error.faults.map(placed), { cause: error });
  }
}
