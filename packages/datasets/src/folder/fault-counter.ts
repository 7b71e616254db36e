/** Collects faults that may come by the hundred thousand: the first of each kind in full, then a count. */
export interface FaultCounter {
  /**
   * @param kind - Faults of one kind are counted together.
   * @param sentence - Makes the message; called only where it is shown.
   * @param shown - How many of the kind are shown in full. Default 3.
   */
  add(kind: string, sentence: () => string, shown?: number): void;
  /** One line a fault shown, and one for the others of its kind. */
  lines(): string[];
}

interface Kind {
  count: number;
  readonly lines: string[];
}

/** An empty {@link FaultCounter}. */
export function createFaultCounter(): FaultCounter {
  const kinds = new Map<string, Kind>();
  return {
    add(kind, sentence, shown = 3) {
      const found = kinds.get(kind) ?? { count: 0, lines: [] };
      kinds.set(kind, found);
      if (found.count++ < shown) found.lines.push(sentence());
    },
    lines: () => [...kinds.values()].flatMap(linesOf),
  };
}

function linesOf({ count, lines }: Kind): string[] {
  const more = count - lines.length;
  if (more === 0) return lines;
  return [...lines.slice(0, -1), `${lines.at(-1)} (and ${more.toLocaleString('en')} more like it)`];
}

/** How often something was met, and where first. */
export interface Tally {
  readonly count: number;
  /** At most the first 100. */
  readonly places: readonly string[];
  add(place: string): void;
}

const keptPlaces = 100;

/** An empty {@link Tally}. */
export function createTally(): Tally {
  const places: string[] = [];
  let count = 0;
  return {
    get count() {
      return count;
    },
    places,
    add(place) {
      if (count++ < keptPlaces) places.push(place);
    },
  };
}
