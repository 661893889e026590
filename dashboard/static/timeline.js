// The timeline: draws a session on a canvas and says what lies under the pointer. It reads the
// state `s` of the room and changes nothing in it but the colours of the page. Seconds throughout.

const COLOUR = { therapist: "#0072B2", client: "#E69F00" }, GREYS = ["#6f7680", "#a9aeb6"];
const NEAR_PX = 8;
const GUTTER = 112, RIGHT = 8, OVERVIEW = 24, RULER = 22, MARKS = 20, LANE = 30, GAP = 4, PANEL = 62;

function timeline(root, s) {
  const canvas = root.querySelector("canvas.time"), pen = canvas.getContext("2d");
  let hatches = {};

  // Who is neither therapist nor client, or not decided yet, is grey.
  function colourOf(role) {
    return COLOUR[role] || GREYS[Math.max(0, s.data.lanes.findIndex((lane) => lane.role === role)) % GREYS.length];
  }

  function colours() {
    const style = getComputedStyle(root);
    s.ink = style.getPropertyValue("--ink").trim() || style.color;
    s.paper = style.getPropertyValue("--paper").trim() || "#fff";
    hatches = {};
  }

  const panels = () => [...s.data.envelopes.map((e) => ["envelope", e]), ...(s.data.courses.length ? [["course", s.data.courses[s.curve]]] : [])];
  const height = () => OVERVIEW + RULER + MARKS + s.data.lanes.length * (LANE + GAP) + panels().length * (PANEL + 10) + 4;
  const box = () => ({ left: GUTTER, width: Math.max(60, canvas.clientWidth - GUTTER - RIGHT) });
  const x = (t) => box().left + ((t - s.view[0]) / (s.view[1] - s.view[0])) * box().width;
  const timeAt = (px) => clamp(s.view[0] + ((px - box().left) / box().width) * (s.view[1] - s.view[0]), 0, s.data.duration);
  const laneTop = (i) => OVERVIEW + RULER + MARKS + i * (LANE + GAP);
  const lanesEnd = () => laneTop(s.data.lanes.length);

  function hatch(colour, gap, lean) {
    const name = `${colour}${gap}${lean}`;
    if (!hatches[name]) {
      const scale = window.devicePixelRatio || 1, tile = document.createElement("canvas");
      tile.width = tile.height = Math.round(gap * scale);
      const brush = tile.getContext("2d"), n = tile.width;
      brush.strokeStyle = colour;
      brush.lineWidth = 1.5 * scale;
      brush.beginPath();
      for (const shift of [-n, 0, n]) {
        brush.moveTo(shift, lean > 0 ? n : 0);
        brush.lineTo(shift + n, lean > 0 ? 0 : n);
      }
      brush.stroke();
      hatches[name] = pen.createPattern(tile, "repeat");
      hatches[name].setTransform(new DOMMatrix().scale(1 / scale));
    }
    return hatches[name];
  }

  function draw() {
    if (!s.data || !canvas.clientWidth) return;
    const scale = window.devicePixelRatio || 1, wide = canvas.clientWidth, tall = height();
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
    drawOverview();
    pen.save();
    pen.beginPath();
    pen.rect(box().left, OVERVIEW, box().width, tall);
    pen.clip();
    drawSilences(tall);
    drawRuler();
    s.data.lanes.forEach((lane, i) => drawLane(lane.role, laneTop(i)));
    drawOverlaps();
    drawMarks();
    pen.restore();
    s.data.lanes.forEach((lane, i) => label(lane.name, laneTop(i) + LANE / 2));
    panels().forEach(([sort, what], i) => drawPanel(sort, what, lanesEnd() + 8 + i * (PANEL + 10)));
    drawHead(tall);
  }

  function label(text, y, faint) {
    pen.globalAlpha = faint ? 0.7 : 0.9;
    pen.fillStyle = s.ink;
    pen.textAlign = "left";
    pen.fillText(text, 0, y);
    pen.globalAlpha = 1;
  }

  function drawOverview() {
    const { left, width } = box(), px = (t) => left + (t / s.data.duration) * width;
    pen.globalAlpha = 0.06; pen.fillStyle = s.ink; pen.fillRect(left, 0, width, OVERVIEW - 4); pen.globalAlpha = 1;
    for (const turn of s.data.turns) {
      const lane = s.data.lanes.findIndex((l) => l.role === turn.role);
      pen.fillStyle = colourOf(turn.role);
      pen.globalAlpha = 0.85;
      pen.fillRect(px(turn.s), 2 + (lane % 2) * 9, Math.max(0.7, px(turn.e) - px(turn.s)), 8);
    }
    pen.globalAlpha = 1;
    pen.strokeStyle = s.ink; pen.lineWidth = 1.5;
    const whole = s.view[1] - s.view[0] >= s.data.duration - 1e-6;
    if (!whole) pen.strokeRect(px(s.view[0]), 0.75, Math.max(6, px(s.view[1]) - px(s.view[0])), OVERVIEW - 5.5);
    pen.fillStyle = s.ink; pen.fillRect(px(s.at) - 0.75, 0, 1.5, OVERVIEW - 4);
    label(say("session"), (OVERVIEW - 4) / 2, true);
  }

  function drawRuler() {
    const span = s.view[1] - s.view[0], steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600];
    const step = steps.find((s) => (s / span) * box().width >= 74) || 7200, y = OVERVIEW + RULER / 2 - 2;
    pen.textAlign = "center";
    pen.fillStyle = s.ink;
    for (let t = Math.ceil(s.view[0] / step) * step; t <= s.view[1]; t += step) {
      pen.globalAlpha = 0.1; pen.fillRect(x(t), OVERVIEW + RULER - 4, 1, height());
      pen.globalAlpha = 0.7; if (x(t) > GUTTER + 12 && x(t) < GUTTER + box().width - 12) pen.fillText(clock(t), x(t), y);
    }
    pen.globalAlpha = 1;
  }

  function drawSilences() {
    pen.textAlign = "center";
    for (const [begin, end] of s.data.silences) {
      if (end < s.view[0] || begin > s.view[1]) continue;
      pen.globalAlpha = 0.11; pen.fillStyle = s.ink;
      pen.fillRect(x(begin), laneTop(0) - 2, Math.max(1, x(end) - x(begin)), lanesEnd() - laneTop(0));
      pen.globalAlpha = 0.75;
      if (x(end) - x(begin) > 40) pen.fillText(say("seconds", { n: (end - begin).toFixed(1) }), (x(begin) + x(end)) / 2, lanesEnd() - GAP - LANE / 2 - (LANE + GAP) / 2);
    }
    pen.globalAlpha = 1;
  }

  function drawLane(role, top) {
    const colour = colourOf(role);
    pen.globalAlpha = 0.05; pen.fillStyle = s.ink; pen.fillRect(box().left, top, box().width, LANE); pen.globalAlpha = 1;
    for (const turn of s.data.turns) {
      if (turn.role !== role || turn.e < s.view[0] || turn.s > s.view[1]) continue;
      const from = x(turn.s), width = Math.max(1, x(turn.e) - from);
      if (turn.kind === "backchannel") {
        const wide = Math.max(2, width);
        if (wide < 4) { pen.fillStyle = colour; pen.globalAlpha = 0.75; pen.fillRect(from, top + 10, wide, LANE - 20); pen.globalAlpha = 1; continue; }
        pen.fillStyle = s.paper; pen.fillRect(from, top + 8, wide, LANE - 16);
        pen.fillStyle = hatch(colour, 5, 1); pen.fillRect(from, top + 8, wide, LANE - 16);
        pen.strokeStyle = colour; pen.lineWidth = 1; pen.strokeRect(from + 0.5, top + 8.5, Math.max(2, wide - 1), LANE - 17);
        continue;
      }
      const inset = turn.kind === "secondary" ? 6 : 2;
      pen.fillStyle = colour;
      pen.globalAlpha = 0.28; pen.fillRect(from, top + inset, width, LANE - 2 * inset);
      pen.globalAlpha = 1;
      for (const [begin, end] of turn.speech.length ? turn.speech : [[turn.s, turn.e]])
        pen.fillRect(x(begin), top + inset, Math.max(0.8, x(end) - x(begin)), LANE - 2 * inset);
    }
  }

  function drawOverlaps() {
    for (const [begin, end] of s.data.overlaps) {
      if (end < s.view[0] || begin > s.view[1]) continue;
      const wide = x(end) - x(begin);
      pen.globalAlpha = wide < 3 ? 0.4 : 0.75;
      pen.fillStyle = wide < 3 ? s.ink : hatch(s.ink, 4, -1);
      pen.fillRect(x(begin), laneTop(0) + LANE - 2, Math.max(1, wide), GAP + 4 + (s.data.lanes.length - 2) * (LANE + GAP));
      pen.globalAlpha = 1;
    }
  }

  // Rings where there is room for them, ticks where there is not.
  function drawMarks() {
    const y = OVERVIEW + RULER + MARKS / 2 - 2, picked = s.tab === "behaviours" && s.kind;
    const marks = s.data.lists.behaviours.filter((c) => c.end_s >= s.view[0] && c.start_s <= s.view[1] && (!picked || c.label === s.kind));
    const roomy = box().width / Math.max(1, marks.length) > 13;
    for (const c of marks) {
      const colour = colourOf(c.role);
      if (!roomy && c !== s.chosen) {
        pen.fillStyle = colour;
        pen.globalAlpha = 0.7;
        pen.fillRect(x(c.start_s) - 0.6, y - 4, 1.2, 8);
        pen.globalAlpha = 1;
        continue;
      }
      pen.beginPath();
      pen.arc(x(c.start_s), y, c === s.chosen ? 5.5 : 3.5, 0, 2 * Math.PI);
      pen.fillStyle = c === s.chosen ? s.ink : s.paper;
      pen.strokeStyle = colour;
      pen.lineWidth = 2;
      pen.fill();
      pen.stroke();
    }
    if (s.chosen) {
      pen.globalAlpha = 0.85; pen.strokeStyle = s.ink; pen.lineWidth = 1.5;
      pen.strokeRect(x(s.chosen.start_s), laneTop(0) - 3, Math.max(2, x(s.chosen.end_s) - x(s.chosen.start_s)), lanesEnd() - laneTop(0) + 2);
      pen.globalAlpha = 1;
    }
  }

  function drawPanel(sort, what, top) {
    const lines = sort === "envelope" ? what.bands.map((b) => envelopeLine(what, b)) : what.lines.map(courseLine);
    const [low, high] = limits(sort, what, lines);
    const y = (v) => top + PANEL - 6 - ((clamp(v, low, high) - low) / (high - low)) * (PANEL - 12);
    pen.globalAlpha = 0.045; pen.fillStyle = s.ink; pen.fillRect(box().left, top, box().width, PANEL); pen.globalAlpha = 1;
    const rows = wrapped(what.name, GUTTER - 46);
    rows.forEach((row, i) => label(row, top + 12 + i * 15));
    label(what.unit, top + 12 + rows.length * 15, true);
    pen.save();
    pen.beginPath(); pen.rect(box().left, top, box().width, PANEL); pen.clip();
    for (const line of lines) {
      pen.strokeStyle = pen.fillStyle = colourOf(line.role);
      pen.lineWidth = sort === "course" ? 2 : 1.3;
      pen.setLineDash(sort === "course" && line.role === "client" ? [6, 4] : []);
      line.draw(y);
      pen.setLineDash([]);
    }
    pen.restore();
    pen.globalAlpha = 0.65; pen.fillStyle = s.ink; pen.textAlign = "right"; pen.font = `11px ${getComputedStyle(root).fontFamily}`;
    if (what.up) {
      pen.textAlign = "left";
      pen.fillText(what.up, box().left + 6, top + 12);
      pen.textAlign = "right";
    }
    if (high > low) {
      pen.fillText(tidy(high), GUTTER - 6, top + 8);
      pen.fillText(tidy(low), GUTTER - 6, top + PANEL - 8);
    }
    pen.font = `12px ${getComputedStyle(root).fontFamily}`;
    pen.globalAlpha = 1;
  }

  function wrapped(text, width) {
    const rows = [""];
    for (const word of text.split(" ")) {
      const longer = rows[rows.length - 1] ? `${rows[rows.length - 1]} ${word}` : word;
      if (pen.measureText(longer).width <= width || !rows[rows.length - 1]) rows[rows.length - 1] = longer;
      else rows.push(word);
    }
    return rows.slice(0, 3);
  }

  const tidy = (v) => (Math.abs(v) >= 10 ? String(Math.round(v)) : v.toFixed(Math.abs(v) < 1 ? 2 : 1)).replace("-", "−");

  // The scale is that of the whole session, so that zooming does not change the picture's meaning.
  function limits(sort, what, lines) {
    if (!what.limits) {
      const values = lines.flatMap((line) => line.values).filter((v) => v !== null).sort((a, b) => a - b);
      const cut = sort === "envelope" ? Math.floor(values.length * 0.01) : 0;
      let low = values.length ? values[cut] : 0, high = values.length ? values[values.length - 1 - cut] : 1;
      if (high - low < 1e-6) { low -= 0.5; high += 0.5; }
      what.limits = [low, high];
    }
    return what.limits;
  }

  function envelopeLine(what, band) {
    return {
      role: band.role,
      get values() { return band.low.concat(band.high); },
      draw(y) {
        const perPixel = (s.view[1] - s.view[0]) / box().width;
        const group = Math.max(1, Math.floor(perPixel / what.bin_s));
        const first = Math.floor(Math.floor(s.view[0] / what.bin_s) / group) * group;
        const last = Math.min(band.low.length, Math.ceil(s.view[1] / what.bin_s) + group);
        let pen_down = false;
        pen.beginPath();
        for (let i = first; i < last; i += group) {
          let low = null, high = null;
          for (let j = i; j < Math.min(i + group, last); j++) {
            if (band.low[j] === null || band.low[j] === undefined) continue;
            low = low === null ? band.low[j] : Math.min(low, band.low[j]);
            high = high === null ? band.high[j] : Math.max(high, band.high[j]);
          }
          if (low === null) { pen_down = false; continue; }
          const px = x((i + group / 2) * what.bin_s);
          if (pen_down) pen.lineTo(px, y(high)); else pen.moveTo(px, y(high) - 0.6);
          pen.lineTo(px, y(low) + 0.6);
          pen_down = group === 1 && what.bin_s / perPixel > 2 ? true : false;
        }
        pen.stroke();
      },
    };
  }

  function courseLine(line) {
    return {
      role: line.role,
      values: line.v,
      draw(y) {
        const shift = s.data.window / 2;
        let down = false;
        pen.beginPath();
        line.t.forEach((t, i) => {
          if (line.v[i] === null) { down = false; return; }
          const px = x(Math.min(t + shift, s.data.duration));
          if (down) pen.lineTo(px, y(line.v[i])); else pen.moveTo(px, y(line.v[i]));
          const alone = !down && (i + 1 >= line.v.length || line.v[i + 1] === null);
          if (alone) pen.arc(px, y(line.v[i]), 2, 0, 2 * Math.PI);
          down = true;
        });
        pen.stroke();
      },
    };
  }

  function drawHead(tall) {
    if (s.at < s.view[0] || s.at > s.view[1]) return;
    pen.fillStyle = s.ink;
    pen.fillRect(x(s.at) - 0.75, OVERVIEW, 1.5, tall - OVERVIEW);
    pen.beginPath();
    pen.moveTo(x(s.at) - 5, OVERVIEW); pen.lineTo(x(s.at) + 5, OVERVIEW); pen.lineTo(x(s.at), OVERVIEW + 7);
    pen.fill();
  }

  function markAt(px, py) {
    if (py < OVERVIEW + RULER - 2 || py > OVERVIEW + RULER + MARKS) return null;
    let best = null, far = NEAR_PX;
    for (const c of s.data.lists.behaviours) {
      const away = Math.abs(x(c.start_s) - px);
      if (away < far && !(s.tab === "behaviours" && s.kind && c.label !== s.kind)) { far = away; best = c; }
    }
    return best;
  }

  function turnAt(px, py) {
    const lane = s.data.lanes.findIndex((_, i) => py >= laneTop(i) && py < laneTop(i) + LANE);
    if (lane < 0) return null;
    const t = timeAt(px), slack = (3 / box().width) * (s.view[1] - s.view[0]);
    const here = s.data.turns.filter((turn) => turn.role === s.data.lanes[lane].role && turn.s - slack <= t && t <= turn.e + slack);
    return here.sort((a, b) => (a.e - a.s) - (b.e - b.s))[0] || null;
  }

  return { box, colours, draw, markAt, timeAt, turnAt };
}
