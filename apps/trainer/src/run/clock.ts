/** Seconds since 1970; only for what people read, never for what is computed. */
export function wallClock(): number {
  return (performance.timeOrigin + performance.now()) / 1000;
}
