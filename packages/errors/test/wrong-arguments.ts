import { isInvalidInput } from '../src/index.js';

/** Values of many kinds, each wrong for most arguments. */
const kinds: readonly unknown[] = [
  undefined,
  null,
  true,
  5,
  'text',
  [1, 2, 3],
  {},
  new Map(),
  Float64Array.of(1),
  { shape: [2], data: Float32Array.of(1, 2) },
];

const nameOf = (kind: unknown) =>
  ArrayBuffer.isView(kind) || kind instanceof Map
    ? kind.constructor.name
    : (JSON.stringify(kind) ?? 'nothing');

/**
 * Calls a function with its arguments, one of which has a wrong kind, and with options of a wrong kind; each place and each kind in
 * turn.
 *
 * @param args - Right arguments; the fields of plain records among them are tried too.
 * @returns What failed otherwise than with InvalidInput, a line each. A call that succeeds is fine: an argument may be optional.
 */
export function nativeErrors(fn: (...args: never[]) => unknown, args: readonly unknown[]): string[] {
  return args.flatMap((arg, place) =>
    kinds.flatMap((kind) => {
      const instead = (value: unknown) => args.map((each, i) => (i === place ? value : each));
      const fields = isPlain(arg) ? Object.keys(arg) : [];
      return [
        ...failure(fn, instead(kind), `${place} = ${nameOf(kind)}`),
        ...fields.flatMap((field) =>
          failure(fn, instead({ ...(arg as object), [field]: kind }), `${place}.${field} = ${nameOf(kind)}`),
        ),
      ];
    }),
  );
}

const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;

function failure(fn: (...args: never[]) => unknown, args: unknown[], label: string): string[] {
  try {
    fn(...(args as never[]));
    return [];
  } catch (error) {
    return isInvalidInput(error) ? [] : [`${label}: ${String(error)}`];
  }
}
