export function chanceOf(seed: number): () => number;
export function mutateValue(value: unknown, chance: () => number): unknown;
export function mutate(bytes: Uint8Array, chance: () => number, other: Uint8Array): Uint8Array;
