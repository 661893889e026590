// Corrections that wait for the one before them: each is told again in the numbers that turns have then.

import type { Back } from "./places";
import type { Turn } from "./types";

/** What was asked for, where to go back to, and the turn it is about as it was seen. */
export interface Asked {
  what: Record<string, unknown>;
  back: Back;
  was: Turn | null;
}

/** What was asked for, of the turn as it is numbered now; null where that turn is no more. */
export function again(turns: readonly Turn[], { what, was }: Asked): Record<string, unknown> | null {
  if (!was) return what;
  const now = turns.find((turn) => turn.s === was.s && turn.e === was.e && turn.kind === was.kind);
  if (!now || (what.words && now.text !== was.text)) return null;
  return { ...what, turn: now.i };
}

/** The turn that lasts longest within another, which it may have been joined with or cut from. */
export function closest(turns: readonly Turn[], was: Turn): Turn | null {
  const shared = (turn: Turn) => Math.min(turn.e, was.e) - Math.max(turn.s, was.s);
  const here = turns.filter((turn) => shared(turn) > 0);
  const same = here.find((turn) => turn.s === was.s && turn.e === was.e);
  return same ?? here.sort((a, b) => shared(b) - shared(a))[0] ?? null;
}
