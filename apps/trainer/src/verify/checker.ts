import { measureError, sameShape } from './measure.js';
import type { Check, Checker, GoldenCase } from './types.js';

/**
 * Starts the comparison of one case.
 *
 * @param prefix - Tensors whose name starts so are expected results; one that is never compared becomes a failure.
 */
export function createChecker(golden: GoldenCase, prefix: string): Checker {
  const checks: Check[] = [];
  const met = new Set<string>();
  const fail = (name: string, reason: string) =>
    void checks.push({ name, measure: 'none', error: NaN, tolerance: NaN, pass: false, reason });

  return {
    fail,
    input: (name) => void met.add(prefix + name),
    expects: (name) =>
      golden.tensors.has(prefix + name) ||
      [...golden.tensors.keys()].some((key) => key.startsWith(`${prefix}${name}/`)),
    tensor(name, received, measure, tolerance) {
      const expected = golden.tensors.get(prefix + name);
      if (!expected) return;
      met.add(prefix + name);
      const ours = received();
      if (!sameShape(ours, expected)) {
        fail(name, `shape must be [${expected.shape}]; received [${ours.shape}]`);
        return;
      }
      const error = measureError(ours.data, expected.data, measure);
      checks.push({ name, measure, error, tolerance, pass: error <= tolerance });
    },
    number(name, received, expected, measure, tolerance) {
      if (received === undefined) {
        fail(name, 'no check for this field');
        return;
      }
      const error = measureError([received], [expected], measure);
      checks.push({ name, measure, error, tolerance, pass: error <= tolerance });
    },
    finish() {
      for (const name of golden.tensors.keys()) {
        if (name.startsWith(prefix) && !met.has(name))
          fail(name.slice(prefix.length), `no check for ${name}`);
      }
      return checks;
    },
  };
}
