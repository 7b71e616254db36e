import { types } from 'node:util';

/** What a value is, in a few words, if it cannot be written down as data; records and lists are looked into instead. */
function whyNotPlain(value: unknown): string | undefined {
  if (typeof value === 'function') return `a function ${value.name}`.trim();
  if (typeof value === 'symbol' || typeof value === 'bigint') return `a ${typeof value}`;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  if (types.isModuleNamespaceObject(value)) return 'a module';
  const prototype: unknown = Object.getPrototypeOf(value);
  // The records of another realm have another Object.prototype, but nothing stands above that one either.
  if (prototype === null || Object.getPrototypeOf(prototype) === null) return undefined;
  return `an object of class ${value.constructor.name}`;
}

/**
 * Every place in a config that holds something else than plain data: a function, a promise, an object of a class, a record
 * that holds itself.
 *
 * @returns One sentence each.
 */
export function notPlainFaults(config: unknown): string[] {
  const faults: string[] = [];
  const look = (value: unknown, path: string, above: readonly unknown[]): void => {
    const reason = above.includes(value) ? 'a record that holds itself' : whyNotPlain(value);
    if (reason !== undefined) {
      const remedy =
        typeof value === 'function' ? 'Write the value that it returns.' : 'Write its value in full.';
      faults.push(`${path === '' ? 'The config' : path} must be plain data; received ${reason}. ${remedy}`);
    } else if (typeof value === 'object' && value !== null) {
      for (const [name, child] of Object.entries(value))
        look(child, path === '' ? name : `${path}.${name}`, [...above, value]);
    }
  };
  look(config, '', []);
  return faults;
}
