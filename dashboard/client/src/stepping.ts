// Steps by key: from turn to turn, from row to row of a list, from tab to tab.

import { clamp, lastBefore } from "./dom";
import type { Lines } from "./transcript";
import { enter } from "./transcript";
import type { ListName, State, Turn } from "./types";

export interface Stepping {
  correctHere: () => void;
  tabStep: (event: KeyboardEvent) => void;
  upDown: (event: KeyboardEvent, step: number) => void;
}

interface Hands {
  play: (from: number) => void;
  correct: (turn: Turn) => void;
  showTab: (name: ListName) => void;
  lines: Lines;
}

const BEGUN_S = 0.05; // a turn that begins just after the place counts as begun

export function stepping(root: HTMLElement, s: State, { play, correct, showTab, lines }: Hands): Stepping {
  function turnStep(step: number): void {
    const primary = s.data?.turns.filter((turn) => turn.kind === "primary") ?? [];
    if (!primary.length) return;
    const here = lastBefore(primary, s.at + BEGUN_S, (t) => t.s);
    play((primary[clamp(here + step, 0, primary.length - 1)] as Turn).s);
  }

  // The turn whose line has the keyboard, else the one chosen last, else the one that plays.
  function correctHere(): void {
    const turns = s.data?.turns ?? [];
    const active = (root.getRootNode() as ShadowRoot).activeElement;
    const turn =
      turns.find((t) => lines.row(t) === active) ??
      s.picked ??
      [...s.live].pop() ??
      turns[lastBefore(turns, s.at + BEGUN_S, (t) => t.s)];
    if (!turn) return;
    lines.reveal(turn);
    correct(turn);
  }

  const row = (event: KeyboardEvent) => {
    const target = event.composedPath()[0] as HTMLElement;
    return target.classList?.contains("row") ? target : null;
  };
  // One row of a list is in the tab order; the arrows move among the others without playing.
  function upDown(event: KeyboardEvent, step: number): void {
    const from = row(event);
    if (!from) {
      turnStep(step);
      return;
    }
    const rows = [...(from.closest("ol, ul")?.querySelectorAll<HTMLElement>(".row") ?? [])];
    const next = rows[clamp(rows.indexOf(from) + step, 0, rows.length - 1)];
    if (!next) return;
    enter(next);
    next.focus();
  }

  function tabStep(event: KeyboardEvent): void {
    const tabs = [...root.querySelectorAll<HTMLElement>("[data-tab]")];
    const here = tabs.findIndex((t) => t.dataset.tab === s.tab);
    const next = tabs[
      (here + (event.key === "ArrowRight" ? 1 : tabs.length - 1)) % tabs.length
    ] as HTMLElement;
    showTab(next.dataset.tab as ListName);
    next.focus();
    event.preventDefault();
  }

  return { correctHere, tabStep, upDown };
}
