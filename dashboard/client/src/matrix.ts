// Findings as a picture: a cell for every cue with every behaviour. It is a table, so whoever
// reads it by ear gets the same sentence that a pointer gets.

import { button, make, scrolls } from "./dom";
import { hints } from "./hints";
import { opened } from "./places";
import { explain } from "./terms";
import type { Card, Cue, Link, State } from "./types";
import { measured, say } from "./words";

const MOST = 8; // moments, that a cell opens
const FAINTEST = 0.35; // of a firm cell's colour, where its effect is none

export function matrix(root: HTMLElement, s: State, choose: (c: Card) => void): () => void {
  const box = root.querySelector(".matrix") as HTMLElement;
  const behind = root.querySelector(".behind-cell") as HTMLElement;
  let all = false;

  function fill(): void {
    behind.replaceChildren();
    const links = s.data?.links ?? [];
    if (!links.length) {
      box.replaceChildren(make("p", "empty", s.data?.linksEmpty ?? ""));
      return;
    }
    const some = told(links);
    const shown = all || !some.length ? links : some;
    box.replaceChildren(
      make("h3", "", say("matrix_title")),
      make("p", "hint", `${say("matrix_said")} ${say("matrix_choose")}`),
      ...(s.data?.linksNone ? [make("p", "none", s.data.linksNone)] : []),
      legend(),
      drawn(shown),
      ...(some.length && some.length < links.length ? [whole(links.length - some.length)] : []),
    );
    explain(box, s.given?.terms ?? []);
    hints(box);
  }

  function whole(left: number): HTMLElement {
    const label = make("label", "check");
    const check = make("input");
    check.type = "checkbox";
    check.checked = all;
    check.addEventListener("change", () => {
      all = check.checked;
      fill();
    });
    label.append(check, ` ${say(left === 1 ? "matrix_all_one" : "matrix_all", { n: left })}`);
    return label;
  }

  function legend(): HTMLElement {
    const row = make("p", "legend");
    for (const [mark, sign, code] of [
      ["firm up", "▲", "cell_more"],
      ["firm down", "▼", "cell_less"],
      ["loose", "△", "cell_chance"],
      ["absent", "–", "cell_absent"],
      ["asked", "", "cell_asked"],
    ] as const) {
      const key = make("span");
      const swatch = make("i", `cell ${mark}`, sign);
      swatch.setAttribute("aria-hidden", "true");
      key.append(swatch, say(code));
      row.append(key);
    }
    return row;
  }

  function drawn(links: Link[]): HTMLElement {
    const columns = [...new Set(links.map((link) => link.behaviour))];
    const rows = new Map<string, Map<string, Link>>();
    for (const link of links) {
      const key = rowOf(link);
      const row = rows.get(key) ?? new Map<string, Link>();
      row.set(link.behaviour, link);
      rows.set(key, row);
    }
    const node = make("table");
    const top = make("tr");
    top.append(make("td"));
    for (const kind of columns) {
      const cell = make("th");
      cell.scope = "col";
      cell.append(make("span", "", s.data?.glyphs[kind]?.label ?? kind));
      top.append(cell);
    }
    const head = make("thead");
    head.append(top);
    const body = make("tbody");
    for (const row of rows.values()) body.append(line(row, columns));
    node.append(make("caption", "sr", say("matrix_title")), head, body);
    const scroll = make("div", "scroll");
    scrolls(scroll, say("matrix_title"));
    scroll.append(node);
    return scroll;
  }

  function line(row: Map<string, Link>, columns: string[]): HTMLElement {
    const node = make("tr");
    const one = [...row.values()][0] as Link;
    const name = make("th", "", one.said);
    name.scope = "row";
    node.append(name);
    for (const kind of columns) {
      const link = row.get(kind);
      const cell = make("td");
      if (link) cell.append(cellOf(link));
      node.append(cell);
    }
    return node;
  }

  function cellOf(link: Link): HTMLElement {
    const cue = s.data?.cues[link.cue];
    const sentence = sentenceOf(link, cue, s);
    const way =
      link.difference === null
        ? "absent"
        : link.firm
          ? `firm ${link.difference > 0 ? "up" : "down"}`
          : "loose";
    const node = button(
      arrow(link),
      () => open(link, sentence),
      `cell ${way}${link.asked ? " asked" : ""}`,
      sentence,
    );
    node.dataset.hint = sentence;
    if (link.firm && link.effect !== null)
      node.style.setProperty("--strength", String(Math.min(1, FAINTEST + Math.abs(link.effect))));
    return node;
  }

  // The moments behind a cell, those that lie furthest in its direction first.
  function open(link: Link, sentence: string): void {
    const own = (s.data?.lists.behaviours ?? []).filter((c) => c.kind === link.behaviour);
    const with_ = own.filter((c) => link.cue in c.values);
    const way = (link.difference ?? 0) < 0 ? 1 : -1;
    const cards = with_.length
      ? with_.sort((a, b) => way * ((a.values[link.cue] ?? 0) - (b.values[link.cue] ?? 0)))
      : own;
    behind.replaceChildren(opened(sentence, cards.slice(0, MOST), s, choose));
    explain(behind, s.given?.terms ?? []);
    behind.querySelector("h4")?.focus({ preventScroll: true });
    behind.scrollIntoView({ block: "nearest" });
    const playable = cards[0];
    if (playable && link.difference !== null) choose(playable);
  }

  return fill;
}

const rowOf = (link: Pick<Link, "cue" | "role">): string => `${link.cue} ${link.role}`;

/** The pairs in rows and columns that have a figure somewhere: a pair without one is among them, and said to be. */
export function told<L extends Pick<Link, "cue" | "role" | "behaviour" | "difference">>(
  links: readonly L[],
): L[] {
  const known = links.filter((link) => link.difference !== null);
  const rows = new Set(known.map(rowOf));
  const columns = new Set(known.map((link) => link.behaviour));
  return links.filter((link) => rows.has(rowOf(link)) && columns.has(link.behaviour));
}

/** Which way a cell points: full where it stands out, hollow within the range of chance; 0 at zero, a dash where nothing is available. */
export function arrow(link: Pick<Link, "difference" | "firm">): string {
  if (link.difference === null) return "–";
  if (!link.difference) return "0";
  if (link.firm) return link.difference > 0 ? "▲" : "▼";
  return link.difference > 0 ? "△" : "▽";
}

/** A cell in words: the difference, what it means, its interval and how many turns it rests on. */
export function sentenceOf(link: Link, cue: Cue | undefined, s: State): string {
  const asked = link.asked ? say("asked_beforehand", { because: link.because }) : say("exploratory");
  return `${differs(link, cue, s)} ${asked}`;
}

function differs(link: Link, cue: Cue | undefined, s: State): string {
  const behaviour = s.data?.glyphs[link.behaviour]?.label ?? link.behaviour;
  if (link.difference === null || !cue)
    return say("cell_missing", { behaviour, what: link.said, why: link.why });
  const interval =
    link.low === null || link.high === null
      ? ""
      : say("cell_interval", { low: measured(link.low, cue, true), high: measured(link.high, cue, true) });
  const word = link.difference > 0 ? cue.higher : cue.lower;
  const fields = {
    behaviour,
    what: link.said,
    by: measured(link.difference, cue, true),
    word,
    interval,
    n: link.n,
    others: link.others ?? 0,
  };
  return say(link.firm ? "cell_firm" : link.asked ? "cell_loose" : "cell_explored", fields);
}
