// What the map shows at a scale, as numbers: shares of minutes, clusters of marks, smoothed curves.

import type { Card, Turn } from "./types";

const TURNS_PX_PER_S = 0.7; // from here on a turn is wide enough to be seen by itself
const BINS_S = [15, 30, 60, 120, 300]; // what a bin of the story may last
const LONGEST_BIN_S = 600;
const BIN_PX = 9; // a bar of the story is at least so wide
const OUTER_SHARE = 0.01; // of a curve's values, at either end, that set no limit of its panel
const FLAT = 1e-6; // a curve that moves less, in its own unit, is drawn in the middle
const FLAT_ROOM = 0.5; // on either side of it, in its own unit

/** Seconds a bin of the story lasts where a second has `px` pixels; 0 where turns can be drawn one by one. */
export function binOf(pxPerSecond: number): number {
  if (pxPerSecond >= TURNS_PX_PER_S) return 0;
  return BINS_S.find((seconds) => seconds * pxPerSecond >= BIN_PX) ?? LONGEST_BIN_S;
}

/** The share of each bin in which a lane speaks, floor turns only, by the stretches of speech. */
export function shares(turns: readonly Turn[], role: string, bin: number, duration: number): number[] {
  const found = new Array<number>(Math.max(1, Math.ceil(duration / bin))).fill(0);
  for (const turn of turns) {
    if (turn.role !== role) continue;
    const stretches: [number, number][] = turn.speech.length ? turn.speech : [[turn.s, turn.e]];
    for (const [from, to] of stretches)
      for (let i = Math.floor(from / bin); i < found.length && i * bin < to; i++)
        found[i] = (found[i] ?? 0) + Math.min(to, (i + 1) * bin) - Math.max(from, i * bin);
  }
  return found.map((seconds, i) => Math.min(1, seconds / Math.min(bin, duration - i * bin || bin)));
}

/** The turns of now, each the one of before where that says the same: what was drawn for it stays. */
export function kept(before: readonly Turn[], now: readonly Turn[]): Turn[] {
  const told = (turn: Turn) => JSON.stringify({ ...turn, i: 0 }); // a number moves when others are joined
  const known = new Map(before.map((turn) => [told(turn), turn]));
  return now.map((turn) => {
    const same = known.get(told(turn));
    known.delete(told(turn));
    return Object.assign(same ?? turn, { i: turn.i });
  });
}

export interface Cluster {
  x: number;
  cards: Card[];
}

/** Marks that would cover one another, together: each at the middle of its own, at least `room` pixels apart. */
export function clusters(cards: readonly Card[], x: (t: number) => number, room: number): Cluster[] {
  const found: Cluster[] = [];
  for (const card of cards) {
    const at = x(card.start_s);
    const last = found.at(-1);
    if (last && at - x((last.cards[0] as Card).start_s) < room) last.cards.push(card);
    else found.push({ x: at, cards: [card] });
  }
  return found;
}

/** The kind that occurs most often among some cards; the first of equals. */
export function commonest(cards: readonly Card[]): string {
  const counts = new Map<string, number>();
  for (const card of cards) counts.set(card.kind, (counts.get(card.kind) ?? 0) + 1);
  let best = "";
  for (const [kind, n] of counts) if (!best || n > (counts.get(best) ?? 0)) best = kind;
  return best;
}

/**
 * A curve drawn at `count` points from `from` to `to`: the mean of the values within half a window of
 * each, null where there are none, so that a gap stays a gap.
 */
export function smoothed(
  values: readonly (number | null)[],
  step: number,
  first: number,
  from: number,
  to: number,
  count: number,
  window: number,
): (number | null)[] {
  const points: (number | null)[] = [];
  const sums = [0];
  const seen = [0];
  for (const [i, value] of values.entries()) {
    sums.push((sums[i] as number) + (value ?? 0));
    seen.push((seen[i] as number) + (value === null ? 0 : 1));
  }
  const half = Math.max(window, (to - from) / Math.max(1, count)) / 2;
  for (let k = 0; k < count; k++) {
    const t = from + ((k + 0.5) / count) * (to - from);
    const low = Math.min(values.length, Math.max(0, Math.ceil((t - half - first) / step)));
    const high = Math.min(values.length, Math.max(low, Math.floor((t + half - first) / step) + 1));
    const n = (seen[high] as number) - (seen[low] as number);
    points.push(n ? ((sums[high] as number) - (sums[low] as number)) / n : null);
  }
  return points;
}

/** The least and greatest of a curve, its outermost values left out. */
export function limitsOf(lines: readonly (readonly (number | null)[])[]): [number, number] {
  const all = lines.flatMap((line) => line.filter((v): v is number => v !== null)).sort((a, b) => a - b);
  const cut = Math.floor(all.length * OUTER_SHARE);
  const low = all[cut] ?? 0;
  const high = all[all.length - 1 - cut] ?? 1;
  return high - low < FLAT ? [low - FLAT_ROOM, high + FLAT_ROOM] : [low, high];
}
