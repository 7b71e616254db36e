/** A smooth function with its gradient, at one point. */
export interface ValueAndGradient {
  readonly value: number;
  readonly gradient: Float64Array;
}

/** When {@link minimize} stops, and what it knows of the function. */
export interface MinimizeOptions {
  /** Largest entry of the gradient. */
  readonly tolerance: number;
  readonly maxIterations: number;
  /** Product of about the inverse Hessian with a vector, up to a factor. Default: the vector itself. */
  readonly precondition?: (vector: Float64Array) => Promise<Float64Array>;
}

/** Pairs of changes that L-BFGS remembers. */
const memory = 10;

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** Adds `factor * other` in place. */
function addScaled(target: Float64Array, factor: number, other: Float64Array): void {
  for (let i = 0; i < target.length; i++) target[i]! += factor * other[i]!;
}

/** `a + factor * b` */
function plus(a: Float64Array, factor: number, b: Float64Array): Float64Array {
  const result = a.slice();
  addScaled(result, factor, b);
  return result;
}

interface Change {
  /** Change of the point. */
  readonly move: Float64Array;
  /** Change of the gradient. */
  readonly bend: Float64Array;
  readonly scale: number;
}

/** Minus the gradient times the inverse Hessian that the remembered changes suggest: the two-loop recursion. */
async function towards(
  gradient: Float64Array,
  changes: readonly Change[],
  precondition: NonNullable<MinimizeOptions['precondition']>,
): Promise<Float64Array> {
  const rest = gradient.map((value) => -value);
  const shares: number[] = [];
  for (const { move, bend, scale } of [...changes].reverse()) {
    const share = scale * dot(move, rest);
    shares.push(share);
    addScaled(rest, -share, bend);
  }
  const newest = changes.at(-1);
  const result = await precondition(rest);
  const size = newest ? 1 / (newest.scale * dot(newest.bend, await precondition(newest.bend))) : 1;
  for (let i = 0; i < result.length; i++) result[i]! *= size;
  for (const { move, bend, scale } of changes) {
    addScaled(result, shares.pop()! - scale * dot(bend, result), move);
  }
  return result;
}

/**
 * Whether a step is good enough: the value falls by a fair part of what the slope promises (Armijo), or, where
 * rounding hides the fall, the slope along the direction has become flatter (the approximate condition of Hager and Zhang).
 */
function goodStep(
  before: ValueAndGradient,
  after: ValueAndGradient,
  promised: number,
  slopeAfter: number,
): boolean {
  if (after.value <= before.value + 1e-4 * promised) return true;
  const rounding = 1e-6 * Math.abs(before.value); // values come in single precision
  return after.value <= before.value + rounding && Math.abs(slopeAfter) <= 0.8 * Math.abs(promised);
}

/** Halves the step until it is good. */
async function search(
  gradientAt: (point: Float64Array) => Promise<ValueAndGradient>,
  point: Float64Array,
  from: ValueAndGradient,
  direction: Float64Array,
  first: number,
): Promise<{ point: Float64Array; found: ValueAndGradient } | undefined> {
  const promise = dot(from.gradient, direction);
  for (let length = first, tries = 0; tries < 25; tries++, length /= 2) {
    const next = plus(point, length, direction);
    const found = await gradientAt(next);
    if (goodStep(from, found, length * promise, length * dot(found.gradient, direction)))
      return { point: next, found };
  }
  return undefined;
}

/**
 * Minimizes a smooth convex function by L-BFGS.
 *
 * @param gradientAt - Value and gradient at a point.
 * @param start - Where to begin; it is not changed.
 * @returns The point reached.
 *
 * @see Nocedal and Wright, Numerical Optimization, chapter 7.2; Hager and Zhang (2005), A New Conjugate Gradient Method
 * with Guaranteed Descent and an Efficient Line Search, section 3.
 */
export async function minimize(
  gradientAt: (point: Float64Array) => Promise<ValueAndGradient>,
  start: Float64Array,
  { tolerance, maxIterations, precondition = async (vector) => vector.slice() }: MinimizeOptions,
): Promise<Float64Array> {
  let point = start;
  let here = await gradientAt(point);
  let changes: Change[] = [];
  for (let step = 0; step < maxIterations; step++) {
    const largest = here.gradient.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    if (largest <= tolerance) break;
    const direction = await towards(here.gradient, changes, precondition);
    const length = changes.length === 0 ? Math.min(1, 1 / Math.sqrt(dot(direction, direction))) : 1;
    const next = await search(gradientAt, point, here, direction, length);
    if (next === undefined) break; // rounding hides any further fall
    const move = plus(next.point, -1, point);
    const bend = plus(next.found.gradient, -1, here.gradient);
    const curvature = dot(move, bend);
    if (curvature > 1e-12) changes = [...changes, { move, bend, scale: 1 / curvature }].slice(-memory);
    ({ point, found: here } = next);
  }
  return point;
}
