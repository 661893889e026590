// Which part of the session the map shows, and what the pointer does on it.

import { clamp } from "./dom";
import type { Mapped } from "./map";
import { ASIDE, isWhole, OVERVIEW } from "./measures";
import { laneName } from "./transcript";
import type { Card, State, Turn } from "./types";
import { clock } from "./words";

export interface Looking {
  all: () => void;
  show: (t: number) => void;
  zoom: (factor: number, around?: number) => void;
}

interface Hands {
  map: Mapped;
  play: (from: number, until?: number | null) => void;
  choose: (c: Card) => void;
}

export const [CLOSER, FURTHER] = [0.6, 1.7]; // times what is seen, a press of a key
const ROOMY_S = 20; // a stretch so short is not opened further to tell marks apart
const CLOSEST_S = 4; // the shortest stretch that the map shows
const LATE_SHARE = 0.92; // of the view: what plays beyond it turns the page over
const LEAD_SHARE = 0.15; // of the view, that is seen before the place it was turned to
const WHEEL = 1.25; // a step of the wheel shows so many times as much, or as little
const APART_S = 15; // marks that lay on one another are opened to at least so much
const AROUND = 1.6; // and to so many times the stretch they take
const NAMED = 5; // of the marks that lie on one another, in the tip
const TIP = { right: 12, below: 16, widest: 320, edge: 4 }; // pixels from the pointer, and its own

export function looking(root: HTMLElement, s: State, { map, play, choose }: Hands): Looking {
  const canvas = root.querySelector("canvas.time") as HTMLCanvasElement;
  const tip = root.querySelector(".tip") as HTMLElement;
  let drag: { moved: boolean } | null = null;

  function show(t: number): void {
    const [from, to] = s.view;
    const width = to - from;
    if (!s.data || (t >= from && t <= from + width * LATE_SHARE) || width >= s.data.duration) return;
    lookAt(t - width * LEAD_SHARE, width);
  }

  function lookAt(from: number, width: number): void {
    const whole = s.data?.duration ?? 1;
    const size = clamp(width, Math.min(CLOSEST_S, whole), whole);
    const start = clamp(from, 0, whole - size);
    s.view = [start, start + size];
  }

  function zoom(factor: number, around?: number): void {
    const [from, to] = s.view;
    const centre = around ?? (s.at >= from && s.at <= to ? s.at : (from + to) / 2);
    const whole = s.data?.duration ?? 1;
    const width = clamp((to - from) * factor, Math.min(CLOSEST_S, whole), whole);
    lookAt(centre - ((centre - from) / (to - from)) * width, width);
    map.draw();
  }

  // ---- pointer ---------------------------------------------------------------------------------------------

  function place(event: MouseEvent): [number, number] {
    const area = canvas.getBoundingClientRect();
    return [event.clientX - area.left, event.clientY - area.top];
  }

  const whole = () => isWhole(s.view, s.data?.duration ?? 0);
  canvas.addEventListener("pointerdown", (event) => {
    const [px, py] = place(event);
    if (py >= OVERVIEW) return;
    drag = { moved: false };
    canvas.setPointerCapture(event.pointerId);
    moveTo(px);
  });
  canvas.addEventListener("pointermove", (event) => {
    const [px, py] = place(event);
    if (!drag) {
      hint(px, py);
      return;
    }
    drag.moved = true;
    moveTo(px);
  });
  canvas.addEventListener("pointerup", () => {
    drag = null;
  });
  canvas.addEventListener("pointerleave", () => {
    tip.hidden = true;
  });
  canvas.addEventListener("click", (event) => {
    const [px, py] = place(event);
    if (px < ASIDE.gutter || !s.data) return;
    if (py < OVERVIEW) {
      if (whole()) play(((px - map.box().left) / map.box().width) * s.data.duration);
      return;
    }
    const mark = map.markAt(px, py);
    if (mark) markChosen(mark.cards);
    else play(map.timeAt(px));
  });
  canvas.addEventListener(
    "wheel",
    (event) => {
      const [px] = place(event);
      if (event.ctrlKey || event.metaKey) {
        event.preventDefault();
        zoom(event.deltaY > 0 ? WHEEL : 1 / WHEEL, map.timeAt(px));
      } else if (Math.abs(event.deltaX) > Math.abs(event.deltaY) || event.shiftKey) {
        event.preventDefault();
        lookAt(
          s.view[0] + ((event.deltaX || event.deltaY) / map.box().width) * (s.view[1] - s.view[0]),
          s.view[1] - s.view[0],
        );
        map.draw();
      }
    },
    { passive: false },
  );

  // One mark opens its card; several lie open to the eye first.
  function markChosen(cards: Card[]): void {
    const [one] = cards;
    if (!one) return;
    if (cards.length > 1 && s.view[1] - s.view[0] > ROOMY_S) {
      const last = cards.at(-1) as Card;
      const wide = Math.max(APART_S, (last.start_s - one.start_s) * AROUND);
      lookAt((one.start_s + last.start_s - wide) / 2, wide);
      map.draw();
      return;
    }
    choose(one);
  }

  function moveTo(px: number): void {
    if (whole()) return;
    const width = s.view[1] - s.view[0];
    lookAt(((px - map.box().left) / map.box().width) * (s.data?.duration ?? 0) - width / 2, width);
    map.draw();
  }

  function hint(px: number, py: number): void {
    const mark = map.markAt(px, py);
    const silence = mark ? null : map.silenceAt(px, py);
    const turn = mark || silence ? null : map.turnAt(px, py);
    tip.hidden = !(mark || silence || turn) || px < ASIDE.gutter;
    if (tip.hidden) return;
    tip.textContent = mark
      ? names(mark.cards)
      : silence
        ? `${clock(silence.s)} ${silence.said}`
        : spoken(turn as Turn);
    const most = canvas.clientWidth - Math.min(TIP.widest, tip.offsetWidth) - TIP.edge;
    tip.style.left = `${clamp(px + TIP.right, 0, most)}px`;
    tip.style.top = `${py + TIP.below}px`;
  }

  const names = (cards: Card[]) =>
    cards
      .slice(0, NAMED)
      .map((c) => `${clock(c.start_s)} ${c.title}`)
      .join(" · ") + (cards.length > NAMED ? " …" : "");
  const spoken = (turn: Turn) =>
    `${clock(turn.s)} ${laneName(s, turn.role)}${turn.text ? `: ${turn.text}` : ""}`;

  const all = () => {
    s.view = [0, s.data?.duration ?? 1];
    map.draw();
  };
  return { all, show, zoom };
}
