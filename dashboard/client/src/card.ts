// The card of one place: what the client said, the answer, what came next; how the voice stood
// within this person's own range; why it is suggested, and whether that is right.

import type { Amend } from "./correcting";
import { button, clamp, make, quote, table } from "./dom";
import { laneName, turnOf } from "./transcript";
import type { Card, Cue, Note, Range, State, Turn } from "./types";
import { clock, measured, say } from "./words";

export interface Shown {
  play: (from: number, until?: number | null) => void;
  correct: (turn: Turn) => void;
  back: () => void;
}

const OUTSIDE = 0.25; // of a person's own range, that the strip shows on either side of it
const [FIRST, LAST] = [0.02, 0.98]; // of the strip: a dot beyond its ends stays on it
const CONTEXT_S = 0.5; // a lead that is no longer is not offered

/** Where a value stands in a person's own range: in words, without judging. */
export function stands(value: number, range: Range, cue: Cue): string {
  const [low, quarter, , threeQuarters, high] = range;
  if (value >= quarter && value <= threeQuarters) return say("as_usual");
  const word = value > threeQuarters ? cue.higher : cue.lower;
  if (!word) return say(value > threeQuarters ? "more_than_usual" : "less_than_usual");
  return say(value > high || value < low ? "clearly_than_usual" : "than_usual", { word });
}

/** A value's place on the strip, from 0 to 1; the ends are a little outside the range. */
export function placed(value: number, [low, , , , high]: Range): number {
  const wide = high - low || 1;
  return clamp((value - low + OUTSIDE * wide) / ((1 + 2 * OUTSIDE) * wide), FIRST, LAST);
}

export function cardOf(c: Card, s: State, amend: Amend, then: Shown): HTMLElement[] {
  const head = make("header");
  head.append(
    make("h4", "", c.title),
    make("span", "hint", hint(c, s)),
    button(say("back_to_list"), then.back, "close", say("back_to_list")),
  );
  const acts = make("div", "acts");
  acts.append(...(s.given?.audio ? playing(c, then) : [make("span", "hint", s.given?.note ?? "")]));
  const turn = turnOf(s, c.turn);
  if (turn) acts.append(button(say("correct_turn"), () => then.correct(turn)));
  if (isNote(c) && c.mine)
    acts.append(
      button(say("take_note_away"), () =>
        amend.signed(() => amend.send("unnote", { n: c.n, number: `${Date.now()}` })),
      ),
    );
  acts.append(...amend.call(c));
  return [head, acts, ...quotes(c, s), ...judged(c, s, amend), ...strips(c, s), ...after(c), ...reasons(c)];
}

function playing(c: Card, then: Shown): HTMLElement[] {
  const named = say("play_named", { title: c.title, at: clock(c.start_s) });
  const found = [button(say("play"), () => then.play(c.start_s), "go", named)];
  const before = { n: Math.round(c.start_s - c.lead_s) };
  if (c.lead_s < c.start_s - CONTEXT_S)
    found.push(button(say("play_context", before), () => then.play(c.lead_s, c.tail_s)));
  return found;
}

const isNote = (c: Card): c is Note => c.kind === "note";

function hint(c: Card, s: State): string {
  const at = clock(c.start_s);
  return c.kind === "silence" || c.kind === "overlap" || isNote(c) ? at : `${at} · ${laneName(s, c.role)}`;
}

/** The words that a card quotes, the first so many: who said them, and when in the exchange. */
export function quoted(c: Card, s: State, most = c.quotes.length): HTMLElement[] {
  return c.quotes.slice(0, most).flatMap(([who, number]) => {
    const turn = turnOf(s, number);
    if (!turn?.text) return [];
    return [quote(turn.role, who, turn.text)];
  });
}

function quotes(c: Card, s: State): HTMLElement[] {
  const found = quoted(c, s);
  if (!found.length) return [];
  const box = make("div", "quotes");
  box.append(...found);
  return [box];
}

function judged(c: Card, s: State, amend: Amend): HTMLElement[] {
  if (!s.data?.lists.behaviours.includes(c)) return [];
  const row = make("div", "one");
  row.append(make("span", "hint", say("is_right")), amend.judge(c, { list: true, t: c.start_s }));
  return s.data.caution ? [row, make("p", "hint", s.data.caution)] : [row];
}

// One line a cue: its name, a dot on the person's own range, and what that means in words.
function strips(c: Card, s: State): HTMLElement[] {
  const ranges = s.data?.ranges[c.role] ?? {};
  const rows: HTMLElement[] = [];
  const numbers: string[][] = [];
  let fewest = Number.POSITIVE_INFINITY;
  for (const [name, value] of Object.entries(c.values)) {
    const cue = s.data?.cues[name];
    const range = ranges[name];
    if (!cue) continue;
    numbers.push([
      cue.label,
      measured(value, cue),
      range ? measured(range[2], cue) : "–",
      range ? measured(value - range[2], cue, true) : "–",
    ]);
    if (!cue.main || !range) continue;
    fewest = Math.min(fewest, range[5]);
    rows.push(strip(cue, value, range));
  }
  const found: HTMLElement[] = [];
  if (rows.length) {
    const list = make("ul", "strips");
    list.setAttribute("aria-label", say("facts"));
    list.append(...rows);
    found.push(make("p", "label", say("own_range", { who: laneName(s, c.role), n: fewest })), list);
  }
  if (numbers.length) {
    const more = make("details", "more");
    more.append(
      make("summary", "", say(numbers.length === 1 ? "numbers_one" : "numbers", { n: numbers.length })),
      table("", ["", say("here"), say("own_median"), say("difference")], numbers),
    );
    found.push(more);
  }
  return found;
}

function strip(cue: Cue, value: number, range: Range): HTMLElement {
  const item = make("li", "strip");
  const bar = make("span", "track");
  const middle = make("i", "middle");
  middle.style.left = `${100 * placed(range[1], range)}%`;
  middle.style.width = `${100 * (placed(range[3], range) - placed(range[1], range))}%`;
  const dot = make("i", "dot");
  dot.style.left = `${100 * placed(value, range)}%`;
  bar.append(middle, dot);
  bar.setAttribute("aria-hidden", "true");
  const words = make("span", "than", stands(value, range, cue));
  words.title = measured(value, cue);
  item.append(make("span", "cue", cue.label), bar, words);
  return item;
}

function after(c: Card): HTMLElement[] {
  return c.outcome.length ? [table(say("client_next"), [], c.outcome)] : [];
}

function reasons(c: Card): HTMLElement[] {
  const found: HTMLElement[] = [];
  if (c.doubt) found.push(make("p", "why", c.doubt));
  if (c.evidence) found.push(make("p", "why", c.evidence));
  return found;
}
