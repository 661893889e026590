// The listening room. Data comes in as JSON; whatever came from a session is written with
// textContent or drawn as text on a canvas, never parsed as markup. Seconds throughout.

const BLUE = "#0072B2", ORANGE = "#E69F00", GREY = "#8a8f98";
const COLOUR = { therapist: BLUE, client: ORANGE };
const STEP_S = 5, LEAP_S = 60, NEAR_PX = 8;
const GUTTER = 112, RIGHT = 8, OVERVIEW = 24, RULER = 22, MARKS = 20, LANE = 30, GAP = 4, PANEL = 62;
const rooms = new WeakMap();

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const root = parentElement.querySelector(".room");
  if (!root || !data) return;
  let room = rooms.get(root);
  if (!room) {
    room = open(root);
    rooms.set(root, room);
  }
  room.tell = setTriggerValue;
  room.take(data);
  return () => setTimeout(() => { if (!root.isConnected) { room.close(); rooms.delete(root); } }, 0);
}

function make(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

function clock(seconds) {
  const s = Math.max(0, Math.floor(seconds)), h = Math.floor(s / 3600);
  const two = (n) => String(n).padStart(2, "0");
  return h ? `${h}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}` : `${Math.floor(s / 60)}:${two(s % 60)}`;
}

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

// The last index whose start is not after t, in a list sorted by start; -1 before the first.
function lastBefore(list, t, start) {
  let low = 0, high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (start(list[middle]) <= t) low = middle + 1; else high = middle;
  }
  return low - 1;
}

function open(root) {
  const $ = (selector) => root.querySelector(selector);
  const audio = $("audio"), canvas = $("canvas.time"), pen = canvas.getContext("2d");
  const lines = $(".lines"), list = $(".list"), card = $(".card"), tip = $(".tip"), filter = $(".filter");
  const room = { take, close, tell: null };
  let data = null, at = 0, stopAt = null, view = [0, 1], curve = 0, tab = "moments", chosen = null;
  let kind = "", live = new Set(), frame = 0, hatches = {}, drag = null, ink = "#222", paper = "#fff";

  // ---- data in ---------------------------------------------------------------------------

  function take(next) {
    const fresh = !data || data.stamp !== next.stamp;
    const readings = data && JSON.stringify(data.readings) !== JSON.stringify(next.readings);
    data = next;
    if (data.audio && (fresh || audio.error)) audio.src = data.audio;
    if (!data.audio) audio.removeAttribute("src");
    for (const name of ["back", "play", "on"]) $(`[data-do="${name}"]`).disabled = false;
    $('[data-do="play"]').disabled = !data.audio;
    note(data.note);
    if (fresh) {
      at = 0; view = [0, data.duration]; chosen = null; kind = ""; live = new Set();
      canvas.setAttribute("aria-valuemax", String(Math.round(data.duration)));
      fillCurves(); fillLines(); card.hidden = true;
      showTab(data.lists.moments.length ? "moments" : "behaviours");
    } else if (readings) fillList();
    colours(); draw(); tick();
  }

  function note(text) {
    $(".note").textContent = text;
    $(".note").hidden = !text;
  }

  function colours() {
    const style = getComputedStyle(root);
    ink = style.getPropertyValue("--ink").trim() || style.color;
    paper = style.getPropertyValue("--paper").trim() || "#fff";
    hatches = {};
  }

  function fillCurves() {
    const select = $('[data-do="curve"]');
    select.replaceChildren();
    const families = new Map();
    data.courses.forEach((course, index) => {
      if (!families.has(course.family)) {
        const group = make("optgroup");
        group.label = course.family;
        families.set(course.family, group);
        select.append(group);
      }
      const option = make("option", "", course.name);
      option.value = String(index);
      families.get(course.family).append(option);
    });
    if (curve >= data.courses.length) curve = 0;
    select.value = String(curve);
    select.parentElement.hidden = !data.courses.length;
  }

  // ---- transcript ------------------------------------------------------------------------

  function fillLines() {
    lines.replaceChildren();
    for (const turn of data.turns) {
      const small = turn.kind !== "primary";
      const row = make("button", `row ${turn.role}${small ? " small" : ""}`);
      row.type = "button";
      const body = make("span", "");
      body.append(make("span", "who", laneName(turn.role)));
      body.append(make("span", turn.text ? "words" : "words none", turn.text || "no words"));
      row.append(make("span", "at", turn.at), body);
      row.addEventListener("click", () => play(turn.s));
      const item = make("li");
      item.append(row);
      lines.append(item);
      row.tabIndex = turn === data.turns[0] ? 0 : -1;
      row.addEventListener("focus", () => enter(row));
      turn.row = row;
      turn.body = body.lastChild;
    }
    if (!data.turns.length) lines.append(make("li", "empty", "Nobody was heard speaking."));
  }

  const laneName = (role) => (data.lanes.find((lane) => lane.role === role) || { name: role }).name;

  function light() {
    const now = new Set();
    for (let i = lastBefore(data.turns, at, (t) => t.s), back = 0; i >= 0 && back < 12; i--, back++)
      if (data.turns[i].e > at) now.add(data.turns[i]);
    for (const turn of live) if (!now.has(turn)) {
      turn.row.removeAttribute("aria-current");
      turn.body.textContent = turn.text || "no words";
      turn.spans = null;
    }
    for (const turn of now) {
      if (!live.has(turn)) {
        turn.row.setAttribute("aria-current", "true");
        if (turn.words.length) {
          turn.spans = turn.words.map((word) => make("span", word[3] ? "word doubtful" : "word", word[2]));
          turn.body.replaceChildren(...turn.spans.flatMap((span) => [span, " "]));
        }
        if ($('[data-do="follow"]').checked) keepInView(lines, turn.row);
      }
      turn.spans?.forEach((span, i) => span.classList.toggle("lit", turn.words[i][0] <= at && at < turn.words[i][1]));
    }
    live = now;
  }

  function keepInView(box, row) {
    const top = row.offsetTop, bottom = top + row.offsetHeight;
    if (top < box.scrollTop + 30 || bottom > box.scrollTop + box.clientHeight - 30)
      box.scrollTop = top - box.clientHeight / 3;
  }

  // ---- places to listen to -----------------------------------------------------------------

  function showTab(name) {
    tab = name;
    for (const button of root.querySelectorAll("[data-tab]")) {
      button.textContent = `${button.dataset.name} (${data.lists[button.dataset.tab].length})`;
      button.setAttribute("aria-selected", String(button.dataset.tab === tab));
      button.tabIndex = button.dataset.tab === tab ? 0 : -1;
    }
    kind = "";
    filter.replaceChildren(new Option("All", ""));
    const counts = new Map();
    for (const c of data.lists[tab]) counts.set(c.label, (counts.get(c.label) || 0) + 1);
    for (const [label, count] of counts) filter.append(new Option(`${label} (${count})`, label));
    $(".narrow").hidden = counts.size < 2;
    fillList();
    draw();
  }

  const shown = () => data.lists[tab].filter((c) => !kind || c.label === kind);

  function fillList() {
    list.replaceChildren();
    const cards = shown();
    for (const c of cards) {
      const item = make("li"), row = make("button", "row");
      row.type = "button";
      const what = make("span", "what", c.title);
      if (c.gist) what.append(make("span", "gist", c.gist));
      const who = make("span", "who");
      who.append(make("i", `dot ${c.role}`), { behaviours: c.roleName, moments: c.label }[tab] || "");
      row.append(make("span", "at", c.at), what, who);
      row.addEventListener("click", () => choose(c));
      row.tabIndex = c === cards[0] ? 0 : -1;
      row.addEventListener("focus", () => enter(row));
      if (c === chosen) row.setAttribute("aria-current", "true");
      item.append(row);
      if (tab === "silences" && data.readings) item.append(reading(c));
      list.append(item);
      c.row = row;
    }
    if (!cards.length) list.append(make("li", "empty", {
      moments: "Nothing stood out by the rule. The behaviours have a list of their own.",
      behaviours: "No listening behaviour was found.",
      silences: "There was no silence of 3 s or more.",
      overlaps: "Nobody spoke while the other was speaking.",
    }[tab]));
  }

  function reading(c) {
    const label = make("label", "read", "Your reading"), select = make("select");
    const now = data.readings[c.start_s.toFixed(2)] || data.readingKinds[0];
    for (const name of data.readingKinds) select.append(new Option(name, name, false, name === now));
    select.addEventListener("change", () => room.tell("reading", { start_s: c.start_s, reading: select.value }));
    label.append(select);
    return label;
  }

  function choose(c) {
    if (chosen?.row) chosen.row.removeAttribute("aria-current");
    chosen = c;
    c.row?.setAttribute("aria-current", "true");
    fillCard(c);
    play(c.play_s, c.stop_s);
  }

  function fillCard(c) {
    card.replaceChildren();
    const head = make("header"), acts = make("span", "acts");
    head.append(make("h4", "", c.title), make("span", "hint", c.hint));
    if (c.doubt) head.append(make("span", "hint", c.doubt));
    acts.append(act("Play", () => play(c.start_s)), act("Play with what came before and after", () => play(c.lead_s, c.tail_s)));
    head.append(acts);
    card.append(head);
    const quotes = make("div", "quotes");
    for (const { who, text, role } of c.quotes) {
      const part = make("div", `quote ${role}`);
      part.append(make("b", "", who), make("span", "", text));
      quotes.append(part);
    }
    if (c.quotes.length) card.append(quotes);
    const grid = make("div", "grid");
    const rows = (facts) => facts.map((f) => [f.name, f.value, f.usual || "–", f.difference || "–"]);
    const heads = ["", "here", "own median", "differs by"];
    if (c.facts.length) grid.append(table("Voice and timing at this moment", heads, rows(c.facts)));
    if (c.outcome.length) grid.append(table("What the client did next", [], c.outcome.map((f) => [f.name, f.value])));
    if (grid.childElementCount) card.append(grid);
    if (c.more.length) {
      const more = make("details", "more");
      more.append(make("summary", "", `${c.more.length} more numbers`), table("", heads, rows(c.more)));
      card.append(more);
    }
    if (c.evidence) card.append(make("p", "why", c.kind === "moment" ? `Why it is here: ${c.evidence}` : `Evidence: ${c.evidence}`));
    card.hidden = false;
  }

  function act(text, then) {
    const button = make("button", "", text);
    button.type = "button";
    button.addEventListener("click", then);
    return button;
  }

  function table(title, heads, rows) {
    const node = make("table"), head = make("thead"), top = make("tr"), body = make("tbody");
    for (const text of heads) {
      const cell = make("th", "", text);
      cell.scope = "col";
      top.append(cell);
    }
    head.append(top);
    for (const cells of rows) {
      const row = make("tr"), name = make("th", "", cells[0]);
      name.scope = "row";
      row.append(name, ...cells.slice(1).map((cell) => make("td", "", cell)));
      body.append(row);
    }
    node.append(make("caption", "", title), ...(heads.length ? [head] : []), body);
    return node;
  }

  // ---- playing -----------------------------------------------------------------------------

  function seek(t) {
    at = clamp(t, 0, data.duration);
    stopAt = null;
    if (data.audio) audio.currentTime = at;
    show(at);
    refresh();
  }

  function play(from, until) {
    seek(from);
    stopAt = until ?? null;
    if (data.audio) audio.play().catch(() => note("The sound could not be played. Reload the page to try again."));
  }

  function toggle() {
    if (!data.audio) return;
    stopAt = null;
    if (audio.paused) audio.play().catch(() => note("The sound could not be played. Reload the page to try again."));
    else audio.pause();
  }

  function show(t) {
    const [from, to] = view, width = to - from;
    if (t >= from && t <= from + width * 0.92 || width >= data.duration) return;
    lookAt(t - width * 0.15, width);
  }

  function lookAt(from, width) {
    const size = clamp(width, Math.min(4, data.duration), data.duration);
    const start = clamp(from, 0, data.duration - size);
    view = [start, start + size];
  }

  function zoom(factor, around) {
    const [from, to] = view, centre = around ?? (at >= from && at <= to ? at : (from + to) / 2);
    const width = clamp((to - from) * factor, Math.min(4, data.duration), data.duration);
    lookAt(centre - ((centre - from) / (to - from)) * width, width);
    draw();
  }

  function refresh() {
    light();
    draw();
    $(".now").textContent = `${clock(at)} / ${clock(data.duration)}`;
    canvas.setAttribute("aria-valuenow", String(Math.round(at)));
    const speaking = [...live].map((turn) => laneName(turn.role)).join(" and ");
    canvas.setAttribute("aria-valuetext", `${clock(at)} of ${clock(data.duration)}${speaking ? `, ${speaking} speaking` : ""}`);
  }

  function tick() {
    if (data.audio && !Number.isNaN(audio.duration)) at = audio.currentTime;
    if (stopAt !== null && at >= stopAt) { audio.pause(); stopAt = null; }
    if (!audio.paused && $('[data-do="follow"]').checked) show(at);
    root.classList.toggle("playing", !audio.paused);
    $('[data-do="play"]').setAttribute("aria-label", audio.paused ? "Play" : "Pause");
    refresh();
    cancelAnimationFrame(frame);
    if (!audio.paused && root.isConnected) frame = requestAnimationFrame(tick);
  }

  // ---- timeline ----------------------------------------------------------------------------

  const panels = () => [...data.envelopes.map((e) => ["envelope", e]), ...(data.courses.length ? [["course", data.courses[curve]]] : [])];
  const height = () => OVERVIEW + RULER + MARKS + data.lanes.length * (LANE + GAP) + panels().length * (PANEL + 10) + 4;
  const box = () => ({ left: GUTTER, width: Math.max(60, canvas.clientWidth - GUTTER - RIGHT) });
  const x = (t) => box().left + ((t - view[0]) / (view[1] - view[0])) * box().width;
  const timeAt = (px) => clamp(view[0] + ((px - box().left) / box().width) * (view[1] - view[0]), 0, data.duration);
  const laneTop = (i) => OVERVIEW + RULER + MARKS + i * (LANE + GAP);
  const lanesEnd = () => laneTop(data.lanes.length);

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
    if (!data || !canvas.clientWidth) return;
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
    data.lanes.forEach((lane, i) => drawLane(lane.role, laneTop(i)));
    drawOverlaps();
    drawMarks();
    pen.restore();
    data.lanes.forEach((lane, i) => label(lane.name, laneTop(i) + LANE / 2));
    panels().forEach(([sort, what], i) => drawPanel(sort, what, lanesEnd() + 8 + i * (PANEL + 10)));
    drawHead(tall);
  }

  function label(text, y, faint) {
    pen.globalAlpha = faint ? 0.7 : 0.9;
    pen.fillStyle = ink;
    pen.textAlign = "left";
    pen.fillText(text, 0, y);
    pen.globalAlpha = 1;
  }

  function drawOverview() {
    const { left, width } = box(), px = (t) => left + (t / data.duration) * width;
    pen.globalAlpha = 0.06; pen.fillStyle = ink; pen.fillRect(left, 0, width, OVERVIEW - 4); pen.globalAlpha = 1;
    for (const turn of data.turns) {
      const lane = data.lanes.findIndex((l) => l.role === turn.role);
      pen.fillStyle = COLOUR[turn.role] || GREY;
      pen.globalAlpha = 0.85;
      pen.fillRect(px(turn.s), 2 + (lane % 2) * 9, Math.max(0.7, px(turn.e) - px(turn.s)), 8);
    }
    pen.globalAlpha = 1;
    pen.strokeStyle = ink; pen.lineWidth = 1.5;
    const whole = view[1] - view[0] >= data.duration - 1e-6;
    if (!whole) pen.strokeRect(px(view[0]), 0.75, Math.max(6, px(view[1]) - px(view[0])), OVERVIEW - 5.5);
    pen.fillStyle = ink; pen.fillRect(px(at) - 0.75, 0, 1.5, OVERVIEW - 4);
    label("Session", (OVERVIEW - 4) / 2, true);
  }

  function drawRuler() {
    const span = view[1] - view[0], steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600];
    const step = steps.find((s) => (s / span) * box().width >= 74) || 7200, y = OVERVIEW + RULER / 2 - 2;
    pen.textAlign = "center";
    pen.fillStyle = ink;
    for (let t = Math.ceil(view[0] / step) * step; t <= view[1]; t += step) {
      pen.globalAlpha = 0.1; pen.fillRect(x(t), OVERVIEW + RULER - 4, 1, height());
      pen.globalAlpha = 0.7; if (x(t) > GUTTER + 12 && x(t) < GUTTER + box().width - 12) pen.fillText(clock(t), x(t), y);
    }
    pen.globalAlpha = 1;
  }

  function drawSilences() {
    pen.textAlign = "center";
    for (const [s, e] of data.silences) {
      if (e < view[0] || s > view[1]) continue;
      pen.globalAlpha = 0.11; pen.fillStyle = ink;
      pen.fillRect(x(s), laneTop(0) - 2, Math.max(1, x(e) - x(s)), lanesEnd() - laneTop(0));
      pen.globalAlpha = 0.75;
      if (x(e) - x(s) > 40) pen.fillText(`${(e - s).toFixed(1)} s`, (x(s) + x(e)) / 2, lanesEnd() - GAP - LANE / 2 - (LANE + GAP) / 2);
    }
    pen.globalAlpha = 1;
  }

  function drawLane(role, top) {
    const colour = COLOUR[role] || GREY;
    pen.globalAlpha = 0.05; pen.fillStyle = ink; pen.fillRect(box().left, top, box().width, LANE); pen.globalAlpha = 1;
    for (const turn of data.turns) {
      if (turn.role !== role || turn.e < view[0] || turn.s > view[1]) continue;
      const from = x(turn.s), width = Math.max(1, x(turn.e) - from);
      if (turn.kind === "backchannel") {
        const wide = Math.max(2, width);
        if (wide < 4) { pen.fillStyle = colour; pen.globalAlpha = 0.75; pen.fillRect(from, top + 10, wide, LANE - 20); pen.globalAlpha = 1; continue; }
        pen.fillStyle = paper; pen.fillRect(from, top + 8, wide, LANE - 16);
        pen.fillStyle = hatch(colour, 5, 1); pen.fillRect(from, top + 8, wide, LANE - 16);
        pen.strokeStyle = colour; pen.lineWidth = 1; pen.strokeRect(from + 0.5, top + 8.5, Math.max(2, wide - 1), LANE - 17);
        continue;
      }
      const inset = turn.kind === "secondary" ? 6 : 2;
      pen.fillStyle = colour;
      pen.globalAlpha = 0.28; pen.fillRect(from, top + inset, width, LANE - 2 * inset);
      pen.globalAlpha = 1;
      for (const [s, e] of turn.speech.length ? turn.speech : [[turn.s, turn.e]])
        pen.fillRect(x(s), top + inset, Math.max(0.8, x(e) - x(s)), LANE - 2 * inset);
    }
  }

  function drawOverlaps() {
    for (const [s, e] of data.overlaps) {
      if (e < view[0] || s > view[1]) continue;
      const wide = x(e) - x(s);
      pen.globalAlpha = wide < 3 ? 0.4 : 0.75;
      pen.fillStyle = wide < 3 ? ink : hatch(ink, 4, -1);
      pen.fillRect(x(s), laneTop(0) + LANE - 2, Math.max(1, wide), GAP + 4 + (data.lanes.length - 2) * (LANE + GAP));
      pen.globalAlpha = 1;
    }
  }

  // Rings where there is room for them, ticks where there is not.
  function drawMarks() {
    const y = OVERVIEW + RULER + MARKS / 2 - 2, picked = tab === "behaviours" && kind;
    const marks = data.lists.behaviours.filter((c) => c.end_s >= view[0] && c.start_s <= view[1] && (!picked || c.label === kind));
    const roomy = box().width / Math.max(1, marks.length) > 13;
    for (const c of marks) {
      const colour = c.role === "client" ? ORANGE : c.role === "therapist" ? BLUE : ink;
      if (!roomy && c !== chosen) {
        pen.fillStyle = colour;
        pen.globalAlpha = 0.7;
        pen.fillRect(x(c.start_s) - 0.6, y - 4, 1.2, 8);
        pen.globalAlpha = 1;
        continue;
      }
      pen.beginPath();
      pen.arc(x(c.start_s), y, c === chosen ? 5.5 : 3.5, 0, 2 * Math.PI);
      pen.fillStyle = c === chosen ? ink : paper;
      pen.strokeStyle = colour;
      pen.lineWidth = 2;
      pen.fill();
      pen.stroke();
    }
    if (chosen) {
      pen.globalAlpha = 0.85; pen.strokeStyle = ink; pen.lineWidth = 1.5;
      pen.strokeRect(x(chosen.start_s), laneTop(0) - 3, Math.max(2, x(chosen.end_s) - x(chosen.start_s)), lanesEnd() - laneTop(0) + 2);
      pen.globalAlpha = 1;
    }
  }

  function drawPanel(sort, what, top) {
    const lines = sort === "envelope" ? what.bands.map((b) => envelopeLine(what, b)) : what.lines.map(courseLine);
    const [low, high] = limits(sort, what, lines);
    const y = (v) => top + PANEL - 6 - ((clamp(v, low, high) - low) / (high - low)) * (PANEL - 12);
    pen.globalAlpha = 0.045; pen.fillStyle = ink; pen.fillRect(box().left, top, box().width, PANEL); pen.globalAlpha = 1;
    const rows = wrapped(what.name, GUTTER - 46);
    rows.forEach((row, i) => label(row, top + 12 + i * 15));
    label(what.unit, top + 12 + rows.length * 15, true);
    pen.save();
    pen.beginPath(); pen.rect(box().left, top, box().width, PANEL); pen.clip();
    for (const line of lines) {
      pen.strokeStyle = pen.fillStyle = line.role === "client" ? ORANGE : line.role === "therapist" ? BLUE : ink;
      pen.lineWidth = sort === "course" ? 2 : 1.3;
      pen.setLineDash(sort === "course" && line.role === "client" ? [6, 4] : []);
      line.draw(y);
      pen.setLineDash([]);
    }
    pen.restore();
    pen.globalAlpha = 0.65; pen.fillStyle = ink; pen.textAlign = "right"; pen.font = `11px ${getComputedStyle(root).fontFamily}`;
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
        const perPixel = (view[1] - view[0]) / box().width;
        const group = Math.max(1, Math.floor(perPixel / what.bin_s));
        const first = Math.floor(Math.floor(view[0] / what.bin_s) / group) * group;
        const last = Math.min(band.low.length, Math.ceil(view[1] / what.bin_s) + group);
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
        const shift = data.window / 2;
        let down = false;
        pen.beginPath();
        line.t.forEach((t, i) => {
          if (line.v[i] === null) { down = false; return; }
          const px = x(Math.min(t + shift, data.duration));
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
    if (at < view[0] || at > view[1]) return;
    pen.fillStyle = ink;
    pen.fillRect(x(at) - 0.75, OVERVIEW, 1.5, tall - OVERVIEW);
    pen.beginPath();
    pen.moveTo(x(at) - 5, OVERVIEW); pen.lineTo(x(at) + 5, OVERVIEW); pen.lineTo(x(at), OVERVIEW + 7);
    pen.fill();
  }

  // ---- pointer and keys ----------------------------------------------------------------------

  function place(event) {
    const area = canvas.getBoundingClientRect();
    return [event.clientX - area.left, event.clientY - area.top];
  }

  function markAt(px, py) {
    if (py < OVERVIEW + RULER - 2 || py > OVERVIEW + RULER + MARKS) return null;
    let best = null, far = NEAR_PX;
    for (const c of data.lists.behaviours) {
      const away = Math.abs(x(c.start_s) - px);
      if (away < far && !(tab === "behaviours" && kind && c.label !== kind)) { far = away; best = c; }
    }
    return best;
  }

  function turnAt(px, py) {
    const lane = data.lanes.findIndex((_, i) => py >= laneTop(i) && py < laneTop(i) + LANE);
    if (lane < 0) return null;
    const t = timeAt(px), slack = (3 / box().width) * (view[1] - view[0]);
    const here = data.turns.filter((turn) => turn.role === data.lanes[lane].role && turn.s - slack <= t && t <= turn.e + slack);
    return here.sort((a, b) => (a.e - a.s) - (b.e - b.s))[0] || null;
  }

  canvas.addEventListener("pointerdown", (event) => {
    const [px, py] = place(event);
    if (py >= OVERVIEW) return;
    drag = { moved: false };
    canvas.setPointerCapture(event.pointerId);
    moveTo(px);
  });
  canvas.addEventListener("pointermove", (event) => {
    const [px, py] = place(event);
    if (drag) { drag.moved = true; moveTo(px); return; }
    hint(px, py);
  });
  canvas.addEventListener("pointerup", () => { drag = null; });
  canvas.addEventListener("pointerleave", () => { tip.hidden = true; });
  canvas.addEventListener("click", (event) => {
    const [px, py] = place(event);
    if (px < GUTTER) return;
    if (py < OVERVIEW) { if (view[1] - view[0] >= data.duration - 1e-6) play(((px - box().left) / box().width) * data.duration); return; }
    const mark = markAt(px, py);
    if (mark) { if (tab !== "behaviours") showTab("behaviours"); choose(mark); reveal(mark); return; }
    play(timeAt(px));
  });
  canvas.addEventListener("wheel", (event) => {
    const [px] = place(event);
    if (event.ctrlKey || event.metaKey) { event.preventDefault(); zoom(event.deltaY > 0 ? 1.25 : 0.8, timeAt(px)); }
    else if (Math.abs(event.deltaX) > Math.abs(event.deltaY) || event.shiftKey) {
      event.preventDefault();
      const by = (event.deltaX || event.deltaY) / box().width * (view[1] - view[0]);
      lookAt(view[0] + by, view[1] - view[0]);
      draw();
    }
  }, { passive: false });

  function moveTo(px) {
    const width = view[1] - view[0];
    if (width >= data.duration - 1e-6) return;
    const centre = ((px - box().left) / box().width) * data.duration;
    lookAt(centre - width / 2, width);
    draw();
  }

  function hint(px, py) {
    const mark = markAt(px, py), turn = mark ? null : turnAt(px, py);
    tip.hidden = !(mark || turn) || px < GUTTER;
    if (tip.hidden) return;
    tip.textContent = mark ? `${mark.at} ${mark.title}` : `${turn.at} ${laneName(turn.role)}${turn.text ? `: ${turn.text}` : ""}`;
    tip.style.left = `${clamp(px + 12, 0, canvas.clientWidth - Math.min(320, tip.offsetWidth) - 4)}px`;
    tip.style.top = `${py + 16}px`;
  }

  function reveal(c) {
    if (c.row) keepInView(list, c.row);
  }

  function neighbour(step) {
    const cards = shown();
    if (!cards.length) return;
    const here = chosen && cards.includes(chosen) ? cards.indexOf(chosen) : lastBefore(cards, at, (c) => c.start_s) + (step < 0 ? 1 : 0);
    const next = cards[clamp(here + step, 0, cards.length - 1)];
    choose(next);
    reveal(next);
  }

  function turnStep(step) {
    const primary = data.turns.filter((turn) => turn.kind === "primary");
    if (!primary.length) return;
    const here = lastBefore(primary, at + 0.05, (t) => t.s);
    play(primary[clamp(here + step, 0, primary.length - 1)].s);
  }

  function speed(step) {
    const select = $('[data-do="speed"]');
    select.selectedIndex = clamp(select.selectedIndex + step, 0, select.options.length - 1);
    audio.playbackRate = Number(select.value);
  }

  const keys = {
    " ": () => toggle(), k: () => toggle(),
    ArrowLeft: (e) => seek(at - (e.shiftKey ? LEAP_S : STEP_S)), ArrowRight: (e) => seek(at + (e.shiftKey ? LEAP_S : STEP_S)),
    PageDown: () => seek(at + LEAP_S), PageUp: () => seek(at - LEAP_S), Home: () => seek(0), End: () => seek(data.duration),
    ArrowUp: () => turnStep(-1), ArrowDown: () => turnStep(1),
    n: () => neighbour(1), p: () => neighbour(-1),
    ",": () => speed(-1), ".": () => speed(1),
    "+": () => zoom(0.6), "=": () => zoom(0.6), "-": () => zoom(1.7), 0: () => { view = [0, data.duration]; draw(); },
  };

  root.addEventListener("keydown", (event) => {
    const target = event.composedPath()[0];
    if (event.ctrlKey || event.metaKey || event.altKey || /^(SELECT|INPUT|SUMMARY)$/.test(target.tagName)) return;
    if (target.tagName === "BUTTON" && event.key === " ") return;
    if (target.getAttribute?.("role") === "tab" && /^Arrow(Left|Right)$/.test(event.key)) { tabStep(event); return; }
    if (target.classList.contains("row") && /^Arrow(Up|Down)$/.test(event.key)) { rowStep(target, event); return; }
    const then = keys[event.key] || keys[event.key.toLowerCase?.()];
    if (!then) return;
    event.preventDefault();
    event.stopPropagation();
    then(event);
  });

  // One row of a list is in the tab order; the arrows move among the others without playing.
  function rowStep(row, event) {
    const rows = [...row.closest("ol, ul").querySelectorAll(".row")];
    const next = rows[clamp(rows.indexOf(row) + (event.key === "ArrowDown" ? 1 : -1), 0, rows.length - 1)];
    enter(next);
    next.focus();
    event.preventDefault();
    event.stopPropagation();
  }

  function enter(row) {
    for (const other of row.closest("ol, ul").querySelectorAll('.row[tabindex="0"]')) other.tabIndex = -1;
    row.tabIndex = 0;
  }

  function tabStep(event) {
    const tabs = [...root.querySelectorAll("[data-tab]")];
    const next = tabs[(tabs.findIndex((t) => t.dataset.tab === tab) + (event.key === "ArrowRight" ? 1 : tabs.length - 1)) % tabs.length];
    showTab(next.dataset.tab);
    next.focus();
    event.preventDefault();
  }

  const does = {
    play: toggle, back: () => seek(at - STEP_S), on: () => seek(at + STEP_S),
    in: () => zoom(0.6), out: () => zoom(1.7), all: () => { view = [0, data.duration]; draw(); },
  };
  root.addEventListener("click", (event) => {
    const button = event.composedPath().find((node) => node.dataset?.do || node.dataset?.tab);
    if (!button || button.tagName !== "BUTTON") return;
    if (button.dataset.tab) showTab(button.dataset.tab); else does[button.dataset.do]?.();
  });
  $('[data-do="speed"]').addEventListener("change", () => speed(0));
  $('[data-do="curve"]').addEventListener("change", (event) => { curve = Number(event.target.value); draw(); });
  filter.addEventListener("change", () => { kind = filter.value; fillList(); draw(); });
  for (const name of ["play", "pause", "seeked", "timeupdate", "loadedmetadata", "ended"]) audio.addEventListener(name, () => data && tick());
  audio.addEventListener("error", () => { if (data?.audio) note("The sound could not be loaded. Reload the page to try again."); });

  const seen = new ResizeObserver(() => { colours(); draw(); });
  seen.observe(canvas);
  const repaint = setInterval(() => {
    const before = ink + paper;
    colours();
    if (before !== ink + paper) draw();
  }, 700);

  function close() {
    audio.pause();
    audio.removeAttribute("src");
    seen.disconnect();
    clearInterval(repaint);
    cancelAnimationFrame(frame);
  }

  return room;
}
