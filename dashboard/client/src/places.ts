// The lists of places to listen to, beside the transcript; a chosen place's card takes their room.

import { cardOf } from "./card";
import type { Amend } from "./correcting";
import { button, lastBefore, make, standingAt } from "./dom";
import { badge, colourOfRole } from "./glyph";
import { explain } from "./terms";
import { enter, keepInView, type Lines, laneName } from "./transcript";
import type { Card, ListName, State } from "./types";
import { clock, say } from "./words";

export interface Places {
  again: (tab: ListName, kind: string, tops: [number, number], was: Card | null) => void;
  choose: (c: Card) => void;
  fill: () => void;
  goBack: (back: Back) => void;
  neighbour: (step: number) => void;
  showCard: (c: Card | null) => void;
  showTab: (name: ListName) => void;
}

/** Where the keyboard was before a correction: in the list or the transcript, and at which second. */
export interface Back {
  list?: boolean;
  t: number;
  again?: boolean;
}

interface Hands {
  play: (from: number, until?: number | null) => void;
  draw: () => void;
  lines: Lines;
  amend: Amend;
}

const PLAYER = 72; // pixels at the foot of the window
const READABLE = 160; // pixels of a card that can be read at once, or the page moves to it
const JUST_AFTER_S = 0.01; // a place is found again although its start was rounded

export function places(root: HTMLElement, s: State, hands: Hands): Places {
  const $ = <T extends HTMLElement>(selector: string) => root.querySelector(selector) as T;
  const list = $(".list");
  const card = $(".card");
  const picks = $(".first");
  const filter = $<HTMLSelectElement>(".filter");
  const rows = new Map<Card, HTMLButtonElement>();
  let opener: HTMLElement | null = null; // of the places to listen to first, where one opened the card
  const shown = () =>
    (s.data?.lists[s.tab] ?? []).filter((c) => !s.kind || c.kind === s.kind || c.label === s.kind);

  // Whoever listens first has pins where others have notes.
  function titled(tab: HTMLElement): string {
    const pins = s.given?.bare && tab.dataset.tab === "notes";
    return pins ? say("tab_pins") : (tab.dataset.name ?? "");
  }

  function showTab(name: ListName): void {
    s.tab = name;
    s.kind = "";
    for (const tab of root.querySelectorAll<HTMLElement>("[data-tab]")) {
      const own = tab.dataset.tab as ListName;
      tab.textContent = `${titled(tab)} (${s.data?.lists[own].length ?? 0})`;
      tab.setAttribute("aria-selected", String(own === name));
      tab.tabIndex = own === name ? 0 : -1;
    }
    list.setAttribute("aria-label", titled($(`[data-tab="${name}"]`)));
    filter.replaceChildren(new Option(say("all_kinds"), ""));
    const counts = new Map<string, [string, number]>();
    for (const c of s.data?.lists[name] ?? []) {
      const key = name === "behaviours" ? c.kind : c.label;
      counts.set(key, [c.label, (counts.get(key)?.[1] ?? 0) + 1]);
    }
    for (const [key, [label, n]] of counts) filter.append(new Option(`${label} (${n})`, key));
    $(".narrow").hidden = counts.size < 2;
    showCard(null);
    fill();
    hands.draw();
  }

  function fill(): void {
    rows.clear();
    list.replaceChildren();
    const cards = shown();
    for (const c of cards) {
      const item = make("li");
      item.append(row(c, c === cards[0]));
      if (s.tab === "silences" && s.given?.readings) item.append(reading(c));
      list.append(item);
    }
    const empty = s.data?.empty[s.tab] ?? "";
    if (!cards.length) list.append(make("li", "empty", empty));
  }

  function row(c: Card, first: boolean): HTMLButtonElement {
    const who = make("span", "who");
    const glyph = s.tab === "behaviours" ? s.data?.glyphs[c.kind] : undefined;
    who.append(glyph ? badge(glyph.shape, glyph.letter, colourOfRole(c.role)) : make("i", `dot ${c.role}`));
    who.append(
      {
        behaviours: laneName(s, c.role),
        moments: c.label,
        agenda: c.label,
        silences: "",
        overlaps: "",
        notes: c.label,
      }[s.tab],
    );
    if (c.by) who.append(make("span", "mark", say("set_by", { by: c.by })));
    const node = rowOf(c, who, choose);
    node.tabIndex = first ? 0 : -1;
    node.addEventListener("focus", () => enter(node));
    if (c === s.chosen) node.setAttribute("aria-current", "true");
    rows.set(c, node);
    return node;
  }

  function reading(c: Card): HTMLLabelElement {
    const label = make("label", "read", say("your_reading"));
    const select = make("select");
    const kinds = s.data?.readingKinds ?? [];
    const now = s.given?.readings?.[c.start_s.toFixed(2)] ?? kinds[0];
    for (const name of kinds)
      select.append(new Option(say(`reading_${name.replaceAll(" ", "_")}`), name, false, name === now));
    select.addEventListener("change", () => hands.amend.read(c, select.value));
    label.append(select);
    return label;
  }

  function choose(c: Card): void {
    showCard(c);
    hands.play(c.play_s, c.stop_s);
  }

  const active = () => (root.getRootNode() as Document | ShadowRoot).activeElement;

  // The card stands where the list was; without one the list is back, at the place it had. The
  // keyboard goes along: what is hidden cannot hold it.
  function showCard(c: Card | null): void {
    const from = active();
    const held = [list, card, picks].some((place) => place.contains(from));
    if (held && !card.contains(from)) opener = picks.contains(from) ? (from as HTMLElement) : null;
    const row = s.chosen ? rows.get(s.chosen) : undefined;
    row?.removeAttribute("aria-current");
    s.chosen = c;
    $(".places").classList.toggle("carded", c !== null);
    card.hidden = c === null;
    card.replaceChildren();
    if (c) {
      rows.get(c)?.setAttribute("aria-current", "true");
      const correct = (turn: NonNullable<State["picked"]>) => {
        hands.amend.correct(turn);
        hands.lines.reveal(turn);
      };
      card.append(...cardOf(c, s, hands.amend, { play: hands.play, correct, back: () => showCard(null) }));
      explain(card, s.given?.terms ?? []);
      card.scrollTop = 0;
      bringIn();
      if (held) card.focus({ preventScroll: true });
    } else if (held && opener?.isConnected) {
      opener.focus();
    } else if (held && row) {
      keepInView(list, row);
      row.focus({ preventScroll: true });
    }
    hands.draw();
  }

  // What a click opens is in sight: on a small screen the page moves to it.
  function bringIn(): void {
    const area = card.getBoundingClientRect();
    const room = window.innerHeight - PLAYER;
    if (area.top < 0 || area.top > room - READABLE) {
      const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
      $(".places").scrollIntoView({ block: "start", behavior: calm ? "auto" : "smooth" });
    }
  }

  function neighbour(step: number): void {
    const cards = shown();
    if (!cards.length) return;
    const at =
      s.chosen && cards.includes(s.chosen)
        ? cards.indexOf(s.chosen) + step
        : lastBefore(cards, s.at, (c) => c.start_s) + (step < 0 ? 0 : 1);
    const next = cards[Math.min(Math.max(at, 0), cards.length - 1)] as Card;
    choose(next);
    const node = rows.get(next);
    if (node) keepInView(list, node);
  }

  // The same lists of a session made anew, standing where they stood; the card stays if its place does.
  function again(tab: ListName, kind: string, tops: [number, number], was: Card | null): void {
    const held = card.contains(active());
    showTab(tab);
    if ([...filter.options].some((option) => option.value === kind)) {
      s.kind = filter.value = kind;
      fill();
    }
    const near = was
      ? (s.data?.lists[tab] ?? []).filter((c) => c.start_s < was.end_s && c.end_s > was.start_s)
      : [];
    showCard(near.find((c) => c.kind === was?.kind) ?? near[0] ?? null);
    if (held && s.chosen) card.focus({ preventScroll: true });
    [$(".lines").scrollTop, list.scrollTop] = tops;
  }

  // Give the keyboard back to the line or the row it was taken from.
  function goBack(back: Back): void {
    if (back.list) {
      const cards = shown().filter((c) => rows.has(c));
      const one = standingAt(cards, back.t + JUST_AFTER_S, (c) => c.start_s);
      if (one && !s.chosen) rows.get(one)?.focus({ preventScroll: true });
      return;
    }
    const turn = standingAt(s.data?.turns ?? [], back.t + JUST_AFTER_S, (t) => t.s);
    if (!turn) return;
    hands.lines.reveal(turn);
    if (!back.again) hands.lines.row(turn).focus({ preventScroll: true });
    else if (s.fixing !== turn) hands.amend.correct(turn);
  }

  filter.addEventListener("change", () => {
    s.kind = filter.value;
    showCard(null);
    fill();
    hands.draw();
  });
  return { again, choose, fill, goBack, neighbour, showCard, showTab };
}

// When, what and a line of it, and what stands at the end of the row.
function rowOf(c: Card, end: HTMLElement, choose: (c: Card) => void): HTMLButtonElement {
  const node = button("", () => choose(c), "row");
  const what = make("span", "what", c.title);
  if (c.gist) what.append(make("span", "gist", c.gist));
  node.append(make("span", "at", clock(c.start_s)), what, end);
  return node;
}

/** A small list of places that a number or a cell opens, played one by one. */
export function opened(title: string, cards: Card[], s: State, choose: (c: Card) => void): HTMLElement {
  const box = make("div", "behind");
  const heading = make("h4", "", title);
  heading.tabIndex = -1;
  const list = make("ul", "rows");
  for (const c of cards) {
    const item = make("li");
    item.append(rowOf(c, make("span", "who", laneName(s, c.role)), choose));
    list.append(item);
  }
  box.append(heading, cards.length ? list : make("p", "empty", say("nothing_behind")));
  return box;
}
