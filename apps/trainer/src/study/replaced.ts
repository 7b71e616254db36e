/** A path with a part of it changed, for baselines. */
export function replaced(path: string, replace: readonly [string, string] | undefined): string {
  return replace === undefined ? path : path.replace(replace[0], replace[1]);
}
