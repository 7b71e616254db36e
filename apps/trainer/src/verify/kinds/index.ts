import { BadCaseError } from '../bad-case.js';
import type { Runner } from '@m3ae/compile';
import type { Check, GoldenCase } from '../types.js';
import { verifyFacebookMae } from './facebook-mae.js';
import { verifyLinearProbe } from './linear-probe.js';
import { verifyPieces } from './pieces.js';
import { verifySteps } from './steps.js';
import { verifyThreefry } from './threefry.js';

type Verify = (golden: GoldenCase, runner: Runner) => Check[] | Promise<Check[]>;

/** What checks each kind of case; a new kind is one file and one line here. */
const kinds: Readonly<Record<string, Verify>> = {
  'm3ae-steps': (golden, runner) => verifySteps(golden, runner, 'm3ae'),
  'mae-steps': (golden, runner) => verifySteps(golden, runner, 'mae'),
  'facebook-mae': verifyFacebookMae,
  threefry: verifyThreefry,
  pieces: verifyPieces,
  'linear-probe': verifyLinearProbe,
};

/** @throws BadCaseError if there is no such kind. */
export function verifierOf(golden: GoldenCase): Verify {
  const verify = Object.hasOwn(kinds, golden.kind) ? kinds[golden.kind] : undefined;
  if (verify) return verify;
  throw new BadCaseError(
    `kind must be one of ${Object.keys(kinds).join(', ')}; received ${golden.kind}. Update @m3ae/trainer, or correct case.json.`,
  );
}
