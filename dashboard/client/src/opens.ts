// The places that a number rests on, so that whoever reads it can hear them.

import type { Card, Opens, Scene, State, Turn } from "./types";
import { decimal, measured, say } from "./words";

/** The places, those to hear first in front. */
export function behind(what: Opens, s: State): Card[] {
  const { cue: name = "", role = "both", whose = "both", kinds, places } = what;
  if (!s.data) return [];
  if (kinds) {
    const own = s.data.lists.behaviours.filter(
      (c) => kinds.includes(c.kind) && (whose === "both" || c.role === whose),
    );
    const known = own.filter((c) => name in c.values);
    return known.length ? valued(known, name, s.data) : own;
  }
  if (places === "silences") return s.data.lists.silences;
  if (places === "overlaps") return s.data.lists.overlaps.filter((c) => role === "both" || c.role === role);
  const measuredOnes = s.data.lists.behaviours.filter(
    (c) => name in c.values && (role === "both" || c.role === role),
  );
  if (measuredOnes.length) return valued(measuredOnes, name, s.data);
  const kind = places === "backchannels" ? "backchannel" : "primary";
  return turns(s.data, (turn) => turn.kind === kind && (role === "both" || turn.role === role));
}

/** The greatest and the least in turn, each with its value; one place a turn. */
function valued(cards: Card[], name: string, scene: Scene): Card[] {
  const seen = new Set<number | null>();
  const own = cards.filter((c) => c.turn === null || (!seen.has(c.turn) && seen.add(c.turn)));
  own.sort((a, b) => (b.values[name] as number) - (a.values[name] as number));
  const cue = scene.cues[name];
  return own.map((c) => ({
    ...c,
    title: cue ? `${measured(c.values[name] as number, cue)} · ${c.title}` : c.title,
  }));
}

function turns(scene: Scene, wanted: (turn: Turn) => boolean): Card[] {
  return scene.turns
    .filter(wanted)
    .sort((a, b) => b.e - b.s - (a.e - a.s))
    .map((turn) => ({
      kind: "turn",
      title: say("seconds", { n: decimal(turn.e - turn.s, 1) }),
      label: "",
      gist: turn.text,
      role: turn.role,
      start_s: turn.s,
      end_s: turn.e,
      play_s: turn.s,
      stop_s: turn.e,
      lead_s: turn.s,
      tail_s: turn.e,
      quotes: [],
      evidence: "",
      doubt: "",
      values: {},
      outcome: [],
      turn: turn.i,
      by: "",
    }));
}
