/** A smooth function with its gradient, at one point. */
export interface Slope {
  readonly value: number;
  readonly gradient: Float64Array;
}

/** When {@link minimize} stops. */
export interface MinimizeOptions {
  /** Largest entry of the gradient. */
  readonly tolerance: number;
  readonly maxIterations: number;
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
function direction(gradient: Float64Array, changes: readonly Change[]): Float64Array {
  const result = gradient.map((value) => -value);
  const shares: number[] = [];
  for (const { move, bend, scale } of [...changes].reverse()) {
    const share = scale * dot(move, result);
    shares.push(share);
    addScaled(result, -share, bend);
  }
  const newest = changes.at(-1);
  const size = newest ? 1 / (newest.scale * dot(newest.bend, newest.bend)) : 1;
  for (let i = 0; i < result.length; i++) result[i]! *= size;
  for (const { move, bend, scale } of changes) {
    addScaled(result, shares.pop()! - scale * dot(bend, result), move);
  }
  return result;
}

/** Halves the step until the value falls by a fair part of what the slope promises (Armijo). */
async function search(
  slopeAt: (point: Float64Array) => Promise<Slope>,
  point: Float64Array,
  slope: Slope,
  way: Float64Array,
  first: number,
): Promise<{ point: Float64Array; slope: Slope } | undefined> {
  const promise = dot(slope.gradient, way);
  for (let length = first, tries = 0; tries < 25; tries++, length /= 2) {
    const next = plus(point, length, way);
    const found = await slopeAt(next);
    if (found.value <= slope.value + 1e-4 * length * promise) return { point: next, slope: found };
  }
  return undefined;
}

/**
 * Minimises a smooth convex function by L-BFGS.
 *
 * @param slopeAt - Value and gradient at a point.
 * @param start - Where to begin; it is not changed.
 * @returns The point reached.
 *
 * @see Nocedal and Wright, Numerical Optimization, chapter 7.2.
 */
export async function minimize(
  slopeAt: (point: Float64Array) => Promise<Slope>,
  start: Float64Array,
  { tolerance, maxIterations }: MinimizeOptions,
): Promise<Float64Array> {
  let point = start;
  let slope = await slopeAt(point);
  let changes: Change[] = [];
  for (let step = 0; step < maxIterations; step++) {
    const largest = slope.gradient.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    if (largest <= tolerance) break;
    const length = changes.length === 0 ? Math.min(1, 1 / Math.sqrt(dot(slope.gradient, slope.gradient))) : 1;
    const found = await search(slopeAt, point, slope, direction(slope.gradient, changes), length);
    if (found === undefined) break; // rounding hides any further fall
    const move = plus(found.point, -1, point);
    const bend = plus(found.slope.gradient, -1, slope.gradient);
    const curvature = dot(move, bend);
    if (curvature > 1e-12) changes = [...changes, { move, bend, scale: 1 / curvature }].slice(-memory);
    ({ point, slope } = found);
  }
  return point;
}
