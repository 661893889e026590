// The session map: draws a session on a canvas and says what lies under the pointer. It reads the
// state of the room and changes nothing in it but the colours of the page.

import { clamp } from "./dom";
import { binOf, type Cluster, clusters, commonest, limitsOf, shares, smoothed } from "./drawn";
import { COLOURS, GREYS, hatched, INK, outline, traced, wrapped } from "./glyph";
import { ASIDE, isWhole, LEAST, MARK, NEAR, OVERVIEW, ruledOf, TALL, WIDE } from "./measures";
import type { Curve, Silence, State, Turn } from "./types";
import { clock, decimal, number, say } from "./words";

const [RULER, MARKS, LANE, GAP, PANEL, TICK] = TALL;

export interface Mapped {
  box: () => { left: number; width: number };
  colours: () => void;
  draw: () => void;
  move: () => void;
  markAt: (px: number, py: number) => Cluster | null;
  silenceAt: (px: number, py: number) => Silence | null;
  timeAt: (px: number) => number;
  turnAt: (px: number, py: number) => Turn | null;
}

export function mapped(root: HTMLElement, s: State): Mapped {
  const canvas = root.querySelector("canvas.time") as HTMLCanvasElement;
  const pen = canvas.getContext("2d") as CanvasRenderingContext2D;
  const still = document.createElement("canvas");
  let seen = [0, 0];
  let hatches: Record<string, CanvasPattern | null> = {};
  const limits = new WeakMap<Curve, [number, number]>();
  let told = { bin: 0, data: s.data, shares: new Map<string, number[]>() };

  // Who is neither therapist nor client, or not decided yet, is grey.
  const colourOf = (role: string): string =>
    COLOURS[role] ?? (GREYS[Math.max(0, laneOf(role)) % GREYS.length] as string);
  const scene = () => s.data as NonNullable<State["data"]>;
  const laneOf = (role: string) => scene().lanes.findIndex((lane) => lane.role === role);

  function colours(): void {
    const style = getComputedStyle(root);
    s.ink = style.getPropertyValue("--ink").trim() || style.color;
    s.paper = style.getPropertyValue("--paper").trim() || "#fff";
    hatches = {};
  }

  const curves = () => scene().curves.filter((curve) => s.curves.has(curve.name));
  const lanesTop = OVERVIEW + RULER;
  // Above the first lane and below every other stands a row of marks.
  const laneTop = (i: number) => lanesTop + MARKS + i * (LANE + GAP + (i > 1 ? MARKS : 0));
  const marksTop = (i: number) => (i === 0 ? lanesTop : laneTop(i) + LANE + 1);
  const lanesEnd = () =>
    laneTop(Math.max(0, scene().lanes.length - 1)) + LANE + (scene().lanes.length > 1 ? MARKS : 0);
  const height = () => lanesEnd() + curves().length * (PANEL + 8) + 8;
  const box = () => ({
    left: ASIDE.gutter,
    width: Math.max(LEAST.map, canvas.clientWidth - ASIDE.gutter - ASIDE.right),
  });
  const span = () => s.view[1] - s.view[0];
  const x = (t: number) => box().left + ((t - s.view[0]) / span()) * box().width;
  const timeAt = (px: number) =>
    clamp(s.view[0] + ((px - box().left) / box().width) * span(), 0, scene().duration);
  // A mark is whole at the edges too, and stands at the edge where its place begins before what is seen.
  const markX = (t: number) => clamp(x(t), box().left + MARK.half, box().left + box().width - MARK.half);
  const bin = () => binOf(box().width / span());

  function hatch(colour: string, gap: number, lean: number): CanvasPattern | string {
    const name = `${colour}${gap}${lean}`;
    if (!(name in hatches)) hatches[name] = hatched(pen, colour, gap, lean);
    return hatches[name] ?? colour;
  }

  function fill(
    colour: string | CanvasPattern,
    alpha: number,
    left: number,
    top: number,
    wide: number,
    tall: number,
  ): void {
    pen.globalAlpha = alpha;
    pen.fillStyle = colour;
    pen.fillRect(left, top, wide, tall);
    pen.globalAlpha = 1;
  }

  // An upright line in ink, with an edge of paper so that it stands out from any bar.
  function post(at: number, wide: number, top: number, tall: number): void {
    fill(s.paper, INK.bar, at - wide / 2 - 1, top, wide + 2, tall);
    fill(s.ink, 1, at - wide / 2, top, wide, tall);
  }

  function label(
    text: string,
    left: number,
    y: number,
    alpha = INK.word,
    align: CanvasTextAlign = "left",
  ): void {
    pen.globalAlpha = alpha;
    pen.fillStyle = s.ink;
    pen.textAlign = align;
    pen.fillText(text, left, y);
    pen.globalAlpha = 1;
  }

  function draw(): void {
    if (!s.data || !canvas.clientWidth) return;
    const scale = window.devicePixelRatio || 1;
    const [wide, tall] = [canvas.clientWidth, height()];
    canvas.style.height = `${tall}px`;
    if (canvas.width !== Math.round(wide * scale) || canvas.height !== Math.round(tall * scale)) {
      canvas.width = Math.round(wide * scale);
      canvas.height = Math.round(tall * scale);
      hatches = {};
    }
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.clearRect(0, 0, wide, tall);
    pen.font = `12px ${getComputedStyle(root).fontFamily}`;
    pen.textBaseline = "middle";
    overview();
    pen.save();
    pen.beginPath();
    pen.rect(box().left, OVERVIEW, box().width, tall);
    pen.clip();
    ruler(tall);
    silences();
    for (const [i, lane] of s.data.lanes.entries()) laneDrawn(lane.role, laneTop(i));
    overlaps();
    frame();
    pen.restore();
    marks();
    for (const [i, lane] of s.data.lanes.entries()) label(lane.name, 0, laneTop(i) + LANE / 2);
    for (const [i, curve] of curves().entries()) panel(curve, lanesEnd() + 6 + i * (PANEL + 8));
    [still.width, still.height] = [canvas.width, canvas.height];
    still.getContext("2d")?.drawImage(canvas, 0, 0);
    seen = [...s.view];
    head(tall);
  }

  // What does not move was drawn before; only the place in it is drawn again.
  function move(): void {
    if (!s.data || !canvas.clientWidth) return;
    if (s.view[0] !== seen[0] || s.view[1] !== seen[1] || !still.width) {
      draw();
      return;
    }
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(still, 0, 0);
    const scale = window.devicePixelRatio || 1;
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    head(height());
  }

  function overview(): void {
    const { left, width } = box();
    const px = (t: number) => left + (t / scene().duration) * width;
    fill(s.ink, INK.lane, left, 0, width, OVERVIEW - 6);
    for (const turn of scene().turns)
      fill(
        colourOf(turn.role),
        1,
        px(turn.s),
        2 + (laneOf(turn.role) % 2) * 8,
        Math.max(0.7, px(turn.e) - px(turn.s)),
        7,
      );
    for (const t of s.hits) post(px(t), 2, 0, OVERVIEW - 6);
    pen.strokeStyle = s.ink;
    pen.lineWidth = 1.5;
    if (!isWhole(s.view, scene().duration))
      pen.strokeRect(px(s.view[0]), 0.75, Math.max(6, px(s.view[1]) - px(s.view[0])), OVERVIEW - 7.5);
    label(say("session"), 0, (OVERVIEW - 6) / 2, INK.aside);
  }

  // Times, and where the opening ends and the closing begins.
  function ruler(tall: number): void {
    const step = ruledOf(box().width / span());
    const y = OVERVIEW + RULER - 12;
    for (let t = Math.ceil(s.view[0] / step) * step; t <= s.view[1]; t += step) {
      fill(s.ink, INK.line, x(t), OVERVIEW + RULER - 4, 1, tall);
      if (x(t) > ASIDE.gutter + 12 && x(t) < ASIDE.gutter + box().width - 12)
        label(clock(t), x(t), y, INK.aside, "center");
    }
    for (const phase of scene().phases.slice(1)) {
      fill(s.ink, INK.edge, x(phase.s) - 0.5, OVERVIEW, 1, lanesEnd() - OVERVIEW);
    }
    for (const phase of scene().phases) {
      const from = Math.max(x(phase.s), ASIDE.gutter);
      const wide = Math.min(x(phase.e), ASIDE.gutter + box().width) - from;
      if (wide > pen.measureText(phase.name).width + 12) label(phase.name, from + 6, OVERVIEW + 7, INK.aside);
    }
  }

  // The bar below each has the colour of who spoke before it.
  function silences(): void {
    for (const silence of scene().silences) {
      if (silence.e < s.view[0] || silence.s > s.view[1]) continue;
      const wide = Math.max(LEAST.silence, x(silence.e) - x(silence.s));
      fill(s.ink, INK.hush, x(silence.s), laneTop(0) - 1, wide, laneTop(1) + LANE + 1 - laneTop(0));
      fill(colourOf(silence.after), 1, x(silence.s), laneTop(0) + LANE, wide, GAP);
      if (wide > WIDE.labelled)
        label(
          say("seconds", { n: decimal(silence.e - silence.s, 1) }),
          x(silence.s) + wide / 2,
          laneTop(0) + LANE / 2,
          INK.word,
          "center",
        );
    }
  }

  function laneDrawn(role: string, top: number): void {
    const colour = colourOf(role);
    fill(s.ink, INK.lane, box().left, top, box().width, LANE);
    const size = bin();
    if (size) story(role, top, size);
    else
      for (const turn of scene().turns)
        if (turn.role === role && turn.e >= s.view[0] && turn.s <= s.view[1]) turnDrawn(turn, colour, top);
  }

  // A long session: how much of each minute or so was this person's, and below, their backchannels.
  function story(role: string, top: number, size: number): void {
    if (told.bin !== size || told.data !== s.data) told = { bin: size, data: s.data, shares: new Map() };
    const floor = scene().turns.filter((turn) => turn.kind !== "backchannel");
    const found = told.shares.get(role) ?? shares(floor, role, size, scene().duration);
    told.shares.set(role, found);
    const width = (size / span()) * box().width;
    const tall = LANE - TICK - 1;
    for (const [i, share] of found.entries())
      if (share > 0)
        fill(colourOf(role), 1, x(i * size) + 0.5, top + tall - share * tall, width - 1, share * tall);
    for (const turn of scene().turns)
      if (turn.role === role && turn.kind === "backchannel")
        fill(s.ink, INK.bar, x(turn.s) - 0.75, top + LANE - TICK, 1.5, TICK);
  }

  function turnDrawn(turn: Turn, colour: string, top: number): void {
    const from = x(turn.s);
    const width = Math.max(LEAST.turn, x(turn.e) - from);
    if (turn.kind === "backchannel") {
      const wide = Math.max(4, width);
      fill(s.paper, 1, from, top + 8, wide, LANE - 16);
      fill(hatch(colour, 5, 1), 1, from, top + 8, wide, LANE - 16);
      pen.strokeStyle = colour;
      pen.lineWidth = 1;
      pen.strokeRect(from + 0.5, top + 8.5, wide - 1, LANE - 17);
      return;
    }
    const inset = turn.kind === "secondary" ? 6 : 2;
    fill(colour, 0.28, from, top + inset, width, LANE - 2 * inset);
    fill(colour, 1, from, top + LANE - inset - 2, width, 2); // a pause within a turn has its turn's foot
    const stretches: [number, number][] = turn.speech.length ? turn.speech : [[turn.s, turn.e]];
    for (const [begin, end] of stretches)
      fill(colour, 1, x(begin), top + inset, Math.max(0.8, x(end) - x(begin)), LANE - 2 * inset);
  }

  function overlaps(): void {
    for (const [begin, end] of scene().overlaps) {
      if (end < s.view[0] || begin > s.view[1]) continue;
      const wide = Math.max(LEAST.overlap, x(end) - x(begin));
      fill(
        wide < WIDE.hatched ? s.ink : hatch(s.ink, 4, -1),
        INK.bar,
        x(begin),
        laneTop(0) + LANE - 1,
        wide,
        GAP + 2,
      );
    }
  }

  const room = () => (bin() ? MARK.crowded : MARK.alone);
  const shownMarks = (lane: string) =>
    scene().lists.behaviours.filter(
      (c) =>
        c.role === lane && c.end_s >= s.view[0] && c.start_s <= s.view[1] && (!s.kind || c.kind === s.kind),
    );

  function marks(): void {
    for (const [i, lane] of scene().lanes.entries()) {
      const y = marksTop(i) + MARKS / 2;
      for (const { x: at, cards } of clusters(shownMarks(lane.role), markX, room())) {
        const chosen = s.chosen && cards.includes(s.chosen);
        glyph(commonest(cards), at, y, colourOf(lane.role), Boolean(chosen));
        if (cards.length > 1) {
          pen.font = `10px ${getComputedStyle(root).fontFamily}`;
          label(String(cards.length), at + 7.5, y - 6);
          pen.font = `12px ${getComputedStyle(root).fontFamily}`;
        }
      }
    }
  }

  function frame(): void {
    if (!s.chosen) return;
    pen.strokeStyle = s.ink;
    pen.lineWidth = 1.5;
    pen.strokeRect(
      x(s.chosen.start_s),
      laneTop(0) - 2,
      Math.max(2, x(s.chosen.end_s) - x(s.chosen.start_s)),
      laneTop(1) + LANE + 3 - laneTop(0),
    );
  }

  // A shape for the group, a letter for the kind.
  function glyph(kind: string, at: number, y: number, colour: string, chosen: boolean): void {
    const { letter, shape } = scene().glyphs[kind] ?? { letter: "?", shape: 0 };
    pen.fillStyle = chosen ? s.ink : colour;
    pen.beginPath();
    outline(pen, shape, at, y, 7.5);
    pen.fill();
    pen.fillStyle = chosen ? s.paper : "#fff";
    pen.textAlign = "center";
    pen.font = `700 9.5px ${getComputedStyle(root).fontFamily}`;
    pen.fillText(letter, at, y + 0.5);
    pen.font = `12px ${getComputedStyle(root).fontFamily}`;
  }

  function panel(curve: Curve, top: number): void {
    let edges = limits.get(curve);
    if (!edges) {
      edges = limitsOf(curve.lines.map((line) => line.values));
      limits.set(curve, edges);
    }
    const [low, high] = edges;
    const y = (v: number) => top + PANEL - 6 - ((clamp(v, low, high) - low) / (high - low)) * (PANEL - 12);
    fill(s.ink, INK.lane, box().left, top, box().width, PANEL);
    const rows = wrapped(pen, curve.name, ASIDE.gutter - 44);
    for (const [i, row] of rows.entries()) label(row, 0, top + 10 + i * 14);
    label(curve.unit, 0, top + 10 + rows.length * 14, INK.aside);
    pen.save();
    pen.beginPath();
    pen.rect(box().left, top, box().width, PANEL);
    pen.clip();
    for (const line of curve.lines) curveDrawn(curve, line, y);
    pen.restore();
    pen.font = `11px ${getComputedStyle(root).fontFamily}`;
    if (curve.up) label(curve.up, box().left + 6, top + 10, INK.aside);
    label(number(high), ASIDE.gutter - 6, top + 8, INK.aside, "right");
    label(number(low), ASIDE.gutter - 6, top + PANEL - 8, INK.aside, "right");
    pen.font = `12px ${getComputedStyle(root).fontFamily}`;
  }

  function curveDrawn(curve: Curve, line: Curve["lines"][number], y: (v: number) => number): void {
    const points = Math.floor(box().width / 2);
    const found = smoothed(line.values, curve.step, curve.first, s.view[0], s.view[1], points, curve.step);
    pen.strokeStyle = pen.fillStyle = colourOf(line.role);
    pen.lineWidth = 2;
    pen.setLineDash(line.role === "client" ? [5, 3] : []);
    traced(pen, found, (k) => box().left + ((k + 0.5) / points) * box().width, y);
    pen.setLineDash([]);
  }

  function head(tall: number): void {
    const { left, width } = box();
    post(left + (s.at / scene().duration) * width, 1.5, 0, OVERVIEW - 6);
    if (s.at < s.view[0] || s.at > s.view[1]) return;
    post(x(s.at), 1.5, OVERVIEW, tall - OVERVIEW);
    pen.beginPath();
    pen.moveTo(x(s.at) - 5, OVERVIEW);
    pen.lineTo(x(s.at) + 5, OVERVIEW);
    pen.lineTo(x(s.at), OVERVIEW + 7);
    pen.fill();
  }

  function markAt(px: number, py: number): Cluster | null {
    const lane = scene().lanes.findIndex((_, i) => py >= marksTop(i) && py < marksTop(i) + MARKS);
    const role = scene().lanes[lane]?.role;
    if (role === undefined) return null;
    const near = clusters(shownMarks(role), markX, room()).filter(
      (c) => Math.abs(c.x - px) < MARK.alone / 2 + NEAR,
    );
    return near.sort((a, b) => Math.abs(a.x - px) - Math.abs(b.x - px))[0] ?? null;
  }

  function silenceAt(px: number, py: number): Silence | null {
    if (py < laneTop(0) || py > laneTop(1) + LANE) return null;
    return (
      scene().silences.find(
        (one) => px >= x(one.s) - 1 && px <= Math.max(x(one.e), x(one.s) + LEAST.silence) + 1,
      ) ?? null
    );
  }

  function turnAt(px: number, py: number): Turn | null {
    const lane = scene().lanes.find((_, i) => py >= laneTop(i) && py < laneTop(i) + LANE);
    if (!lane) return null;
    const t = timeAt(px);
    const slack = (NEAR / box().width) * span();
    const here = scene().turns.filter(
      (turn) => turn.role === lane.role && turn.s - slack <= t && t <= turn.e + slack,
    );
    return here.sort((a, b) => a.e - a.s - (b.e - b.s))[0] ?? null;
  }

  return { box, colours, draw, move, markAt, silenceAt, timeAt, turnAt };
}
