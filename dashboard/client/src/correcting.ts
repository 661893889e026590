// Correcting: a turn's owner, some of its words, its text, and what it is. What a person asks for
// shows at once, is told to the server, and is answered with a session made anew. The first time,
// the room asks whose correction it is.

import { choice } from "./choice";
import { button, clamp, make } from "./dom";
import type { Back } from "./places";
import { type Asked, again, closest } from "./queue";
import { type Lines, turnOf } from "./transcript";
import type { Card, State, Turn, Word } from "./types";
import { clock, say } from "./words";

export interface Amend {
  agree: (code: string, before: string | undefined) => void;
  answered: () => Back | null;
  ask: (what: Record<string, unknown>, back: Back) => void;
  call: (c: Card) => HTMLButtonElement[];
  close: (focus?: boolean) => void;
  correct: (turn: Turn, draft?: string) => void;
  draft: () => string | null;
  judge: (c: Card, back: Back) => HTMLElement;
  read: (c: Card, reading: string) => void;
  restore: () => void;
  send: (kind: string, what: Record<string, unknown>) => void;
  signed: (then: () => void) => void;
}

interface Hands {
  play: (from: number, until?: number | null) => void;
  lines: () => Lines;
  redraw: (turn: Turn) => void;
}

export const CODE = "listening.code";
const PASSING_MS = 6000; // how long what went well is told
const ABOVE = 8; // pixels of the turn's line that stay in sight above its form
const ROW_LETTERS = 62; // about as many fit in a row of the form's text
const [FEWEST_ROWS, MOST_ROWS] = [2, 7];

export function correcting(root: HTMLElement, s: State, hands: Hands): Amend {
  const status = root.querySelector(".told") as HTMLElement;
  const asking = root.querySelector(".asking") as HTMLFormElement;
  const code = asking.querySelector("input") as HTMLInputElement;
  let form: HTMLElement | null = null;
  let area: HTMLTextAreaElement | null = null;
  let quiet = 0;
  let waiting: { number: string; back: Back } | null = null;
  const line: Asked[] = [];
  let held: (() => void) | null = null;
  let asker: HTMLElement | null = null;
  let undo: (() => void) | null = null;
  status.addEventListener("click", () => {
    status.hidden = true;
  });

  // ---- asking and being answered -------------------------------------------------------------

  // Whoever changes something says first who they are: a code, kept until the page is closed.
  function signed(then: () => void): void {
    if (sessionStorage.getItem(CODE)) {
      then();
      return;
    }
    held = then;
    asker = (root.getRootNode() as ShadowRoot).activeElement as HTMLElement | null;
    asking.hidden = false;
    code.focus();
  }

  // One code signs everything on a page: what its field says now, or, of a page loaded anew, what was kept.
  function agree(code: string, before: string | undefined): void {
    const kept = sessionStorage.getItem(CODE);
    if (code) sessionStorage.setItem(CODE, code);
    else if (before) sessionStorage.removeItem(CODE);
    else if (before === undefined && kept) s.tell({ kind_of: "code", by: kept, number: `${Date.now()}` });
  }

  asking.addEventListener("submit", (event) => {
    event.preventDefault();
    const written = code.value.trim();
    if (!written) return;
    sessionStorage.setItem(CODE, written);
    const then = held;
    away();
    then?.();
  });
  // The keyboard goes back to what asked.
  const away = () => {
    asking.hidden = true;
    held = null;
    asker?.focus({ preventScroll: true });
  };
  asking.querySelector("button[type=button]")?.addEventListener("click", away);
  asking.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key === "Escape") away();
  });

  function ask(what: Record<string, unknown>, back: Back): void {
    signed(() => {
      const turn = turnOf(s, typeof what.turn === "number" ? what.turn : null);
      line.push({ what, back, was: turn ? { ...turn } : null });
      if (waiting) tell(say("waits", { n: String(line.length) }));
      else next();
    });
  }

  // One at a time: the turn of one that waited is looked for in what the one before it has made.
  function next(said = ""): void {
    const first = line.shift();
    if (!first) return;
    const what = again(s.data?.turns ?? [], first);
    if (!what) {
      inVain(first, said);
      return;
    }
    waiting = { number: `${Date.now()} ${Math.random()}`, back: first.back };
    root.classList.add("busy");
    tell(`${said} ${say("recalculating")}`.trim());
    atOnce(what);
    send("correction", { ...what, number: waiting.number });
  }

  // What its turn was is no more: nothing is guessed, and a text that was typed stands in a form.
  function inVain({ what, was }: Asked, said: string): void {
    const text = `${said} ${say("waited_in_vain", { at: clock(was?.s ?? 0) })}`.trim();
    tell(text);
    const turn = was && closest(s.data?.turns ?? [], was);
    if (turn && typeof what.text === "string") correct(turn, what.text);
    next(text);
  }

  function send(kind: string, what: Record<string, unknown>): void {
    s.tell({ ...what, kind_of: kind, stamp: s.given?.stamp, by: sessionStorage.getItem(CODE) ?? "" });
  }

  function read(c: Card, reading: string): void {
    signed(() => send("reading", { start_s: c.start_s, reading, number: `${Date.now()}` }));
  }

  // What can be shown before the measures have followed: whose turn it is, and its text.
  function atOnce(what: Record<string, unknown>): void {
    const turn = turnOf(s, typeof what.turn === "number" ? what.turn : null);
    const voice = s.data?.voices.find((v) => v.voice === what.voice);
    if (!turn || what.words || (!voice && typeof what.text !== "string")) return;
    const before = { ...turn };
    if (voice) Object.assign(turn, { voice: voice.voice, role: voice.role });
    if (typeof what.text === "string") Object.assign(turn, { text: what.text, words: [] });
    hands.redraw(turn);
    undo = () => {
      Object.assign(turn, before);
      hands.redraw(turn);
    };
  }

  // What was shown at once and then refused is as it was.
  function restore(): void {
    undo?.();
    undo = null;
  }

  // Where to go back to once the answer is in, or null while none is awaited.
  function answered(): Back | null {
    const answer = s.given?.answer;
    if (!waiting || answer?.number !== waiting.number) return null;
    const { back } = waiting;
    waiting = null;
    root.classList.remove("busy");
    tell(answer.text || say("corrected"), !answer.text);
    next(answer.text);
    return answer.text ? null : back;
  }

  function tell(text: string, passing = false): void {
    window.clearTimeout(quiet);
    status.textContent = text;
    status.hidden = false;
    if (passing)
      quiet = window.setTimeout(() => {
        status.hidden = true;
      }, PASSING_MS);
  }

  // ---- the form of one turn ------------------------------------------------------------------

  function correct(turn: Turn, draft?: string): void {
    close();
    s.fixing = turn;
    form = make("section", "fix");
    form.setAttribute("aria-label", say("correct_at", { at: clock(turn.s) }));
    const head = make("header");
    const shut = button(say("close"), () => close(true));
    const title = make("h4", "", say("correct_this"));
    shut.title = say("close_key");
    title.tabIndex = -1;
    head.append(
      title,
      button(say("play_it"), () => hands.play(turn.s, turn.e)),
      shut,
    );
    form.append(head);
    if (s.data?.caution) form.append(make("p", "hint", s.data.caution));
    form.append(owner(turn), ...said(turn, draft), ...what(turn));
    const row = hands.lines().row(turn);
    const box = row.closest("ol") as HTMLElement;
    row.parentElement?.append(form);
    row.nextElementSibling?.setAttribute("aria-expanded", "true");
    box.scrollTop = (row.parentElement as HTMLElement).offsetTop - ABOVE; // the form right below its line
    box.scrollIntoView({ block: "nearest" });
    title.focus({ preventScroll: true });
  }

  function close(focus = false): void {
    if (!form || !s.fixing) return;
    form.remove();
    const row = hands.lines().row(s.fixing);
    row.nextElementSibling?.setAttribute("aria-expanded", "false");
    if (focus) row.focus({ preventScroll: true });
    form = area = s.fixing = null;
  }

  const draft = () => (area && area.value !== area.defaultValue ? area.value : null);

  function part(title: string, ...nodes: HTMLElement[]): HTMLFieldSetElement {
    const node = make("fieldset");
    node.append(make("legend", "", title), ...nodes);
    return node;
  }

  const others = (turn: Turn) => s.data?.voices.filter((v) => v.voice !== turn.voice) ?? [];
  const place = (turn: Turn, again = false): Back => ({ t: (turn.s + turn.e) / 2, again });

  function owner(turn: Turn): HTMLElement {
    const row = make("div", "acts");
    for (const v of others(turn))
      row.append(
        button(say("give_to", { voice: v.name }), () => ask({ turn: turn.i, voice: v.voice }, place(turn))),
      );
    return part(say("whose_turn"), row.childElementCount ? row : make("p", "hint", say("one_voice")));
  }

  function said(turn: Turn, draft?: string): HTMLElement[] {
    if (s.data?.wordless) return [part(say("text"), make("p", "hint", s.data.wordless))];
    const field = make("textarea");
    area = field;
    field.value = field.defaultValue = turn.text;
    field.rows = clamp(Math.ceil(turn.text.length / ROW_LETTERS), FEWEST_ROWS, MOST_ROWS);
    field.setAttribute("aria-label", say("text_of_turn"));
    const keep = button(say("keep_text"), () => ask({ turn: turn.i, text: field.value }, place(turn)));
    const changed = () => {
      keep.disabled = field.value.trim() === turn.text.trim();
    };
    if (draft) field.value = draft;
    changed();
    field.addEventListener("input", changed);
    field.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !keep.disabled) keep.click();
    });
    const acts = make("div", "acts");
    acts.append(keep, make("span", "hint", say("keep_text_hint")));
    const text = part(say("text"), field, acts);
    return turn.words.length > 1 && others(turn).length ? [words(turn), text] : [text];
  }

  // Two clicks mark a run of words: the first and the last. With Shift the arrows do the same.
  function words(turn: Turn): HTMLElement {
    let run: [number, number] | null = null;
    const box = make("div", "chips");
    const acts = make("div", "acts");
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", say("words_of_turn"));
    const ordered = (): [number, number] => (run ? [Math.min(...run), Math.max(...run)] : [-1, -2]);
    const give = others(turn).map((v) =>
      button(say("give_words_to", { voice: v.name }), () => {
        const [from, to] = ordered();
        ask({ turn: turn.i, words: [from + 1, to + 1], voice: v.voice }, place(turn));
      }),
    );
    const chips = turn.words.map((word, i) => chip(word, i));

    function chip(word: Word, i: number): HTMLButtonElement {
      const node = button(word[2], () => {
        if (!run || run[0] !== run[1]) run = [i, i];
        else run = run[0] === i ? null : [run[0], i];
        paint();
      });
      node.className = `chip ${["", "doubtful", "unsure"][word[3]]}`;
      if (word[3]) node.title = say(word[3] === 1 ? "speaker_uncertain" : "word_unsure");
      node.tabIndex = i ? -1 : 0;
      node.addEventListener("keydown", (event) => step(event, i));
      return node;
    }

    function paint(): void {
      const [from, to] = ordered();
      for (const [i, node] of chips.entries())
        node.setAttribute("aria-pressed", String(from <= i && i <= to));
      for (const one of give) one.disabled = run === null;
    }

    function step(event: KeyboardEvent, i: number): void {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      const next = by ? chips[i + by] : undefined;
      if (!by || !next) return;
      event.preventDefault();
      if (event.shiftKey) {
        run = [run ? run[0] : i, i + by];
        paint();
      }
      (chips[i] as HTMLButtonElement).tabIndex = -1;
      next.tabIndex = 0;
      next.focus();
    }

    paint();
    box.append(...chips);
    acts.append(...give);
    return part(say("some_words"), box, acts);
  }

  function what(turn: Turn): HTMLElement[] {
    const groups = s.data?.kinds[turn.role];
    if (!groups) return [part(say("listening_behaviours"), make("p", "hint", say("roles_first")))];
    const here = s.data?.lists.behaviours.filter((c) => c.turn === turn.i) ?? [];
    const nodes: HTMLElement[] = here.map((c) => {
      const row = make("div", "one");
      row.append(make("span", "", c.title));
      if (c.by) row.append(make("span", "mark", say("set_by", { by: c.by })));
      row.append(judge(c, place(turn, true)));
      return row;
    });
    const kinds = here.map((c) => c.kind);
    nodes.push(
      choice(say("add_behaviour"), say("add"), groups, kinds, (kind) =>
        ask({ turn: turn.i, is: kind }, place(turn, true)),
      ),
    );
    return [part(say("listening_behaviours"), ...nodes)];
  }

  // ---- a behaviour ---------------------------------------------------------------------------

  const where = (c: Card) => (c.turn === null ? { at: (c.start_s + c.end_s) / 2 } : { turn: c.turn });

  // Right, not this, something else: for a card or within the form of its turn.
  function judge(c: Card, back: Back): HTMLElement {
    const acts = make("div", "acts");
    const named = (code: string) =>
      say("judge_named", { verdict: say(code), title: c.title, at: clock(c.start_s) });
    if (!c.by)
      acts.append(button(say("right"), () => ask({ ...where(c), is: c.kind }, back), "", named("right")));
    acts.append(
      button(say("not_this"), () => ask({ ...where(c), is_not: c.kind }, back), "", named("not_this")),
    );
    const kinds = c.turn === null ? undefined : s.data?.kinds[c.role];
    if (kinds)
      acts.append(
        choice(say("something_else"), say("change"), kinds, [c.kind], (kind) =>
          ask({ ...where(c), is: kind, is_not: c.kind }, back),
        ),
      );
    return acts;
  }

  // A place that may be called what the rules did not call it: a silence held, an overlap to review.
  function call(c: Card): HTMLButtonElement[] {
    const there = s.data?.lists.behaviours.filter((e) =>
      c.turn === null ? e.start_s < c.end_s && e.end_s > c.start_s : e.turn === c.turn,
    );
    return (s.data?.calls[c.kind] ?? [])
      .filter((row) => !there?.some((e) => e.kind === row.kind))
      .map((row) =>
        button(row.say, () =>
          ask({ at: (c.start_s + c.end_s) / 2, is: row.kind }, { list: true, t: c.start_s }),
        ),
      );
  }

  return { agree, answered, ask, call, close, correct, draft, judge, read, restore, send, signed };
}
