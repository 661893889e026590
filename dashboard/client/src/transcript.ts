// What was said: a line a turn; every word seeks; a search marks its hits here and on the map.

import { button, inOrder, lastBefore, make } from "./dom";
import type { State, Turn, Word } from "./types";
import { clock, say } from "./words";

export interface Lines {
  fill: () => void;
  find: (wanted: string) => void;
  light: () => void;
  next: (step: number) => void;
  redraw: (turn: Turn) => void;
  reveal: (turn: Turn) => void;
  row: (turn: Turn) => HTMLButtonElement;
  enter: (row: HTMLElement) => void;
}

interface Drawn {
  row: HTMLButtonElement;
  pen: HTMLButtonElement;
  body: HTMLElement;
  spans: HTMLElement[] | null;
}

export interface Hands {
  play: (from: number, until?: number | null) => void;
  correct: (turn: Turn) => void;
  draw: () => void;
}

const LEAST_LETTERS = 2; // of a search
const MARGIN = 30; // pixels at either edge of the list, where a line is not in view
const FROM_TOP = 1 / 3; // of the list, where a line is brought to
const BESIDE_S = 0.01; // the hit that plays is neither the next nor the last
const AT_ONCE = 12; // turns before the one begun last, among which one may still go on

export function laneName(s: State, role: string): string {
  return s.data?.lanes.find((lane) => lane.role === role)?.name ?? role;
}

export function turnOf(s: State, number: number | null): Turn | undefined {
  return s.data?.turns.find((turn) => turn.i === number);
}

/** Give the keyboard's place in a list to a row: one row of a list is in the tab order. */
export function enter(row: HTMLElement): void {
  for (const other of row.closest("ol, ul")?.querySelectorAll<HTMLElement>('.row[tabindex="0"]') ?? [])
    other.tabIndex = -1;
  row.tabIndex = 0;
}

export function keepInView(box: HTMLElement, row: HTMLElement): void {
  const item = row.parentElement as HTMLElement;
  const top = item.offsetTop;
  const bottom = top + row.offsetHeight;
  if (top < box.scrollTop + MARGIN || bottom > box.scrollTop + box.clientHeight - MARGIN)
    box.scrollTop = top - box.clientHeight * FROM_TOP;
}

export function transcript(root: HTMLElement, s: State, hands: Hands): Lines {
  const box = root.querySelector(".lines") as HTMLElement;
  const told = root.querySelector(".hits") as HTMLElement;
  const drawn = new Map<Turn, Drawn>();
  let wanted = "";
  let found: Turn[] = [];

  function fill(): void {
    const turns = s.data?.turns ?? [];
    const now = new Set(turns);
    for (const turn of drawn.keys()) if (!now.has(turn)) drawn.delete(turn);
    const items = turns.map((turn) => drawn.get(turn)?.row.parentElement ?? line(turn));
    inOrder(box, items.length ? items : [make("li", "empty", say("nobody_spoke"))]);
    if (turns[0] && !box.querySelector('.row[tabindex="0"]')) row(turns[0]).tabIndex = 0;
    const doubts = turns.reduce((sum, turn) => sum + turn.words.filter((word) => word[3]).length, 0);
    const doubtful = root.querySelector(".doubts") as HTMLElement;
    doubtful.hidden = !doubts;
    (doubtful.querySelector("span") as HTMLElement).textContent =
      doubts === 1 ? say("mark_one_doubt") : say("mark_doubts", { n: doubts });
    find(wanted);
  }

  function line(turn: Turn): HTMLLIElement {
    const row = make("button", classOf(turn));
    row.type = "button";
    const body = make("span", turn.text ? "words" : "words none");
    const said = make("span");
    said.append(make("span", "who", laneName(s, turn.role)), body);
    if (turn.by) said.append(make("span", "mark", turn.by));
    row.append(make("span", "at", clock(turn.s)), said);
    row.addEventListener("click", (event) => {
      s.picked = turn;
      hands.play(wordAt(turn, event) ?? turn.s);
    });
    row.tabIndex = -1;
    row.addEventListener("focus", () => enter(row));
    const pen = button(
      say("correct"),
      () => hands.correct(turn),
      "pen",
      say("correct_at", { at: clock(turn.s) }),
    );
    pen.title = say("correct_key");
    pen.setAttribute("aria-expanded", "false");
    const item = make("li");
    item.append(row, pen);
    drawn.set(turn, { row, pen, body, spans: null });
    plain(turn);
    return item;
  }

  const classOf = (turn: Turn) => `row ${turn.role}${turn.kind === "primary" ? "" : " small"}`;

  // The line of a turn that changed, in its place, with whatever is open below it.
  function redraw(turn: Turn): void {
    const here = drawn.get(turn);
    if (!here) return;
    here.row.className = classOf(turn);
    here.row.removeAttribute("aria-current");
    (here.row.querySelector(".who") as HTMLElement).textContent = laneName(s, turn.role);
    plain(turn);
  }

  // The start of the word under the pointer: its place among the letters says which it is.
  function wordAt(turn: Turn, event: MouseEvent): number | null {
    const target = event.composedPath()[0] as HTMLElement;
    const spans = drawn.get(turn)?.spans;
    const at = spans ? spans.indexOf(target) : -1;
    if (at >= 0) return turn.words[at]?.[0] ?? null;
    const body = drawn.get(turn)?.body;
    if (!body || !turn.words.length) return null;
    show(turn);
    const under = (root.getRootNode() as ShadowRoot).elementFromPoint?.(event.clientX, event.clientY);
    const index = under ? (drawn.get(turn)?.spans?.indexOf(under as HTMLElement) ?? -1) : -1;
    return turn.words[index]?.[0] ?? null;
  }

  // A turn that is not playing: its text, with a span only around words in doubt or sought.
  function plain(turn: Turn): void {
    const here = drawn.get(turn);
    if (!here) return;
    here.spans = null;
    const marked = turn.words.length && (turn.words.some((word) => word[3]) || sought(turn));
    if (marked)
      here.body.replaceChildren(
        ...turn.words.flatMap((word) => [word[3] || fits(word) ? span(word) : word[2], " "]),
      );
    else here.body.textContent = turn.text || say("no_words");
  }

  function show(turn: Turn): void {
    const here = drawn.get(turn);
    if (!here || !turn.words.length) return;
    here.spans = turn.words.map(span);
    here.body.replaceChildren(...here.spans.flatMap((node) => [node, " "]));
  }

  function span(word: Word): HTMLElement {
    const node = make(
      "span",
      `word${["", " doubtful", " unsure"][word[3]]}${fits(word) ? " hit" : ""}`,
      word[2],
    );
    if (word[3]) node.title = say(word[3] === 1 ? "speaker_uncertain" : "word_unsure");
    return node;
  }

  // ---- search -------------------------------------------------------------------------------

  const parts = () => wanted.split(/\s+/).filter((part) => part.length >= LEAST_LETTERS);
  const fits = (word: Word) => parts().some((part) => word[2].toLowerCase().includes(part));
  const sought = (turn: Turn) => wanted.length >= LEAST_LETTERS && turn.text.toLowerCase().includes(wanted);

  function find(text: string): void {
    wanted = text.trim().toLowerCase();
    const before = found;
    found = (s.data?.turns ?? []).filter(sought);
    s.hits = found.map((turn) => turn.words.find(fits)?.[0] ?? turn.s);
    for (const turn of new Set([...before, ...found])) if (drawn.get(turn)?.spans === null) plain(turn);
    told.textContent =
      wanted.length < LEAST_LETTERS ? "" : say(found.length === 1 ? "one_hit" : "hits", { n: found.length });
    hands.draw();
  }

  function next(step: number): void {
    if (!found.length) return;
    const here = lastBefore(s.hits, s.at + (step > 0 ? BESIDE_S : -BESIDE_S), (t) => t) + (step > 0 ? 1 : 0);
    const at = (here + found.length) % found.length;
    reveal(found[at] as Turn);
    hands.play(s.hits[at] as number);
  }

  // ---- what is playing ------------------------------------------------------------------------

  function light(): void {
    const turns = s.data?.turns ?? [];
    const now = new Set<Turn>();
    for (let i = lastBefore(turns, s.at, (t) => t.s), back = 0; i >= 0 && back < AT_ONCE; i--, back++)
      if ((turns[i] as Turn).e > s.at) now.add(turns[i] as Turn);
    for (const turn of s.live)
      if (!now.has(turn)) {
        drawn.get(turn)?.row.removeAttribute("aria-current");
        plain(turn);
      }
    for (const turn of now) {
      const here = drawn.get(turn);
      if (!here) continue;
      if (!s.live.has(turn)) {
        here.row.setAttribute("aria-current", "true");
        if (!here.spans) show(turn);
        if ((root.querySelector('[data-do="follow"]') as HTMLInputElement).checked && !s.fixing) reveal(turn);
      }
      for (const [i, node] of (here.spans ?? []).entries()) {
        const word = turn.words[i] as Word;
        node.classList.toggle("lit", word[0] <= s.at && s.at < word[1]);
      }
    }
    s.live = now;
  }

  function reveal(turn: Turn): void {
    const here = drawn.get(turn);
    if (here) keepInView(box, here.row);
  }

  const row = (turn: Turn) => (drawn.get(turn) as Drawn).row;
  return { fill, find, light, next, redraw, reveal, row, enter };
}
