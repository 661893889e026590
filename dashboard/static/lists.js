// The transcript, the lists of places to listen to, and the card of the chosen one. Whatever came
// from a session is written with textContent, never parsed as markup.

// The sentences of the room come from the catalogue with the data; `{name}` stands for a field.
let sentences = {};
const say = (code, fields = {}) => (sentences[code] ?? code).replace(/\{(\w+)\}/g, (_, name) => fields[name] ?? "");

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

const laneName = (data, role) => (data.lanes.find((lane) => lane.role === role) || { name: role }).name;

// How surely a word is known, by the number it comes with.
const DOUBTS = [
  { style: "", why: () => "" },
  { style: "doubtful", why: () => say("speaker_uncertain") },
  { style: "unsure", why: () => say("word_unsure") },
];

function lists(root, s, play, draw, amend) {
  const $ = (selector) => root.querySelector(selector);
  const lines = $(".lines"), list = $(".list"), card = $(".card"), filter = $(".filter");

  // ---- transcript ------------------------------------------------------------------------

  function fillLines() {
    lines.replaceChildren();
    for (const turn of s.data.turns) {
      const small = turn.kind !== "primary";
      const row = make("button", `row ${turn.role}${small ? " small" : ""}`);
      row.type = "button";
      const body = make("span", "");
      body.append(make("span", "who", laneName(s.data, turn.role)));
      turn.body = make("span", turn.text ? "words" : "words none");
      body.append(turn.body);
      if (turn.by) body.append(make("span", "mark", turn.by));
      row.append(make("span", "at", turn.at), body);
      row.addEventListener("click", () => { s.picked = turn; play(turn.s); });
      const item = make("li"), pen = make("button", "pen", say("correct"));
      pen.type = "button";
      pen.title = say("correct_key");
      pen.setAttribute("aria-label", say("correct_at", { at: turn.at }));
      pen.setAttribute("aria-expanded", "false");
      pen.addEventListener("click", () => amend.correct(turn));
      item.append(row, pen);
      lines.append(item);
      row.tabIndex = turn === s.data.turns[0] ? 0 : -1;
      row.addEventListener("focus", () => enter(row));
      turn.row = row;
      turn.pen = pen;
      plain(turn);
    }
    if (!s.data.turns.length) lines.append(make("li", "empty", say("nobody_spoke")));
    const doubts = s.data.turns.reduce((sum, turn) => sum + turn.words.filter((word) => word[3]).length, 0);
    $(".doubts").hidden = !doubts;
    $(".doubts span").textContent = doubts === 1 ? say("mark_one_doubt") : say("mark_doubts", { n: doubts });
  }

  // A turn that is not playing: its text, with a span only around words in doubt.
  function plain(turn) {
    turn.spans = null;
    if (!turn.words.some((word) => word[3])) { turn.body.textContent = turn.text || say("no_words"); return; }
    turn.body.replaceChildren(...turn.words.flatMap((word) => [word[3] ? span(word) : word[2], " "]));
  }

  function span(word) {
    const node = make("span", `word ${DOUBTS[word[3]].style}`, word[2]);
    node.title = DOUBTS[word[3]].why();
    return node;
  }

  function light() {
    const now = new Set();
    for (let i = lastBefore(s.data.turns, s.at, (t) => t.s), back = 0; i >= 0 && back < 12; i--, back++)
      if (s.data.turns[i].e > s.at) now.add(s.data.turns[i]);
    for (const turn of s.live) if (!now.has(turn)) {
      turn.row.removeAttribute("aria-current");
      plain(turn);
    }
    for (const turn of now) {
      if (!s.live.has(turn)) {
        turn.row.setAttribute("aria-current", "true");
        if (turn.words.length) {
          turn.spans = turn.words.map(span);
          turn.body.replaceChildren(...turn.spans.flatMap((span) => [span, " "]));
        }
        if ($('[data-do="follow"]').checked && !s.fixing) keepInView(lines, turn.row);
      }
      turn.spans?.forEach((span, i) => span.classList.toggle("lit", turn.words[i][0] <= s.at && s.at < turn.words[i][1]));
    }
    s.live = now;
  }

  function keepInView(box, row) {
    const top = row.parentElement.offsetTop, bottom = top + row.offsetHeight;
    if (top < box.scrollTop + 30 || bottom > box.scrollTop + box.clientHeight - 30)
      box.scrollTop = top - box.clientHeight / 3;
  }

  // ---- places to listen to -----------------------------------------------------------------

  function showTab(name) {
    s.tab = name;
    for (const button of root.querySelectorAll("[data-tab]")) {
      button.textContent = `${button.dataset.name} (${s.data.lists[button.dataset.tab].length})`;
      button.setAttribute("aria-selected", String(button.dataset.tab === s.tab));
      button.tabIndex = button.dataset.tab === s.tab ? 0 : -1;
    }
    s.kind = "";
    filter.replaceChildren(new Option(say("all_kinds"), ""));
    const counts = new Map();
    for (const c of s.data.lists[s.tab]) counts.set(c.label, (counts.get(c.label) || 0) + 1);
    for (const [label, count] of counts) filter.append(new Option(`${label} (${count})`, label));
    $(".narrow").hidden = counts.size < 2;
    fillList();
    draw();
  }

  const shown = () => s.data.lists[s.tab].filter((c) => !s.kind || c.label === s.kind);

  function fillList() {
    list.replaceChildren();
    const cards = shown();
    for (const c of cards) {
      const item = make("li"), row = make("button", "row");
      row.type = "button";
      const what = make("span", "what", c.title);
      if (c.gist) what.append(make("span", "gist", c.gist));
      const who = make("span", "who");
      who.append(make("i", `dot ${c.role}`), { behaviours: c.roleName, moments: c.label, agenda: c.label }[s.tab] || "");
      if (c.by) who.append(make("span", "mark", say("set_by", { by: c.by })));
      row.append(make("span", "at", c.at), what, who);
      row.addEventListener("click", () => choose(c));
      row.tabIndex = c === cards[0] ? 0 : -1;
      row.addEventListener("focus", () => enter(row));
      if (c === s.chosen) row.setAttribute("aria-current", "true");
      item.append(row);
      if (s.tab === "silences" && s.data.readings) item.append(reading(c));
      list.append(item);
      c.row = row;
    }
    if (!cards.length) list.append(make("li", "empty", s.data.empty[s.tab]));
  }

  function reading(c) {
    const label = make("label", "read", say("your_reading")), select = make("select");
    const now = s.data.readings[c.start_s.toFixed(2)] || s.data.readingKinds[0];
    for (const name of s.data.readingKinds) select.append(new Option(name, name, false, name === now));
    select.addEventListener("change", () => s.tell("reading", { start_s: c.start_s, reading: select.value }));
    label.append(select);
    return label;
  }

  function choose(c) {
    if (s.chosen?.row) s.chosen.row.removeAttribute("aria-current");
    s.chosen = c;
    c.row?.setAttribute("aria-current", "true");
    fillCard(c);
    play(c.play_s, c.stop_s);
  }

  function fillCard(c) {
    card.replaceChildren();
    const head = make("header"), acts = make("span", "acts");
    head.append(make("h4", "", c.title), make("span", "hint", c.hint));
    if (c.doubt) head.append(make("span", "hint", c.doubt));
    acts.append(act(say("play"), () => play(c.start_s)), act(say("play_context"), () => play(c.lead_s, c.tail_s)));
    const turn = c.turn === null ? null : s.data.turns.find((t) => t.i === c.turn);
    if (turn) acts.append(act(say("correct_turn"), () => { amend.correct(turn); keepInView(lines, turn.row); }));
    head.append(acts);
    card.append(head);
    if (s.tab === "behaviours") {
      const row = make("div", "one");
      row.append(make("span", "hint", say("is_right")), amend.judge(c, { list: true, t: c.start_s }));
      card.append(row);
      if (s.data.caution) card.append(make("p", "hint", s.data.caution));
    }
    const call = amend.call(c);
    if (call) acts.append(call);
    const quotes = make("div", "quotes");
    for (const { who, text, role } of c.quotes) {
      const part = make("div", `quote ${role}`);
      part.append(make("b", "", who), make("span", "", text));
      quotes.append(part);
    }
    if (c.quotes.length) card.append(quotes);
    const grid = make("div", "grid");
    const rows = (facts) => facts.map((f) => [f.name, f.value, f.usual || "–", f.difference || "–"]);
    const heads = ["", say("here"), say("own_median"), say("difference")];
    if (c.facts.length) grid.append(table(say("facts"), heads, rows(c.facts)));
    if (c.outcome.length) grid.append(table(say("client_next"), [], c.outcome.map((f) => [f.name, f.value])));
    if (grid.childElementCount) card.append(grid);
    if (c.more.length) {
      const more = make("details", "more");
      more.append(make("summary", "", say("more_numbers", { n: c.more.length })), table("", heads, rows(c.more)));
      card.append(more);
    }
    if (c.evidence) card.append(make("p", "why", c.evidence));
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

  function reveal(c) {
    if (c.row) keepInView(c.row.closest("ol, ul"), c.row);
  }

  function enter(row) {
    for (const other of row.closest("ol, ul").querySelectorAll('.row[tabindex="0"]')) other.tabIndex = -1;
    row.tabIndex = 0;
  }

  // The same lists of a session made anew, standing where they stood; the card stays if its place does.
  function again(tab, kind, tops, was) {
    showTab(tab);
    if ([...filter.options].some((option) => option.value === kind)) { s.kind = filter.value = kind; fillList(); }
    [lines.scrollTop, list.scrollTop] = tops;
    const near = was && s.data.lists[tab].filter((c) => c.start_s < was.end_s && c.end_s > was.start_s);
    s.chosen = near ? near.find((c) => c.kind === was.kind) || near[0] || null : null;
    card.hidden = !s.chosen;
    if (!s.chosen) return;
    s.chosen.row?.setAttribute("aria-current", "true");
    fillCard(s.chosen);
  }

  // Give the keyboard back to the line or the row it was taken from.
  function goBack(back) {
    const rows = back.list ? shown().filter((c) => c.row) : s.data.turns;
    const start = back.list ? (c) => c.start_s : (t) => t.s;
    const one = rows[Math.max(0, lastBefore(rows, back.t + 0.01, start))];
    if (!one) return;
    keepInView(back.list ? list : lines, one.row);
    if (!back.again) one.row.focus({ preventScroll: true });
    else if (s.fixing !== one) amend.correct(one);
  }

  filter.addEventListener("change", () => { s.kind = filter.value; fillList(); draw(); });
  return { again, choose, enter, fillLines, fillList, goBack, light, reveal, showTab, shown };
}
