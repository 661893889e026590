// The listening room: state, sound, pointer and keys. Data comes in as JSON; timeline.js and
// lists.js, which stand before this file in the component, show it. Seconds throughout.

const STEP_S = 5, LEAP_S = 60;
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
  room.take(data, setTriggerValue);
  return () => setTimeout(() => { if (!root.isConnected) { room.close(); rooms.delete(root); } }, 0);
}

function open(root) {
  const $ = (selector) => root.querySelector(selector);
  const audio = $("audio"), canvas = $("canvas.time"), tip = $(".tip");
  const s = {
    data: null, at: 0, view: [0, 1], tab: "moments", kind: "", chosen: null, curve: 0, live: new Set(),
    picked: null, fixing: null, waiting: null,
    ink: "#222", paper: "#fff", tell: null,
  };
  const { box, colours, draw, markAt, timeAt, turnAt } = timeline(root, s);
  const amend = correcting(root, s, play);
  const { again, choose, enter, fillLines, fillList, goBack, light, reveal, showTab, shown } = lists(root, s, play, draw, amend);
  let stopAt = null, frame = 0, drag = null;

  // ---- data in ---------------------------------------------------------------------------

  function take(next, tell) {
    s.tell = tell;
    sentences = next.say;
    const old = s.data, fresh = !old || old.stamp !== next.stamp, same = old?.session === next.session;
    const readings = old && JSON.stringify(old.readings) !== JSON.stringify(next.readings);
    // The same state comes as a new copy; the lines on the page belong to the one they were made of.
    const { audio: sound, note: said, readings: given, answer } = next;
    s.data = fresh ? next : { ...old, audio: sound, note: said, readings: given, answer };
    if (next.audio && (old?.audio !== next.audio || audio.error)) audio.src = next.audio;
    if (!next.audio) audio.removeAttribute("src");
    for (const name of ["back", "play", "on"]) $(`[data-do="${name}"]`).disabled = false;
    $('[data-do="play"]').disabled = !next.audio;
    note(next.note);
    if (fresh && same) renew();
    else if (fresh) begin();
    else if (readings) fillList();
    colours(); draw(); tick();
    const back = amend.answered();
    if (back) goBack(back);
  }

  function begin() {
    s.at = 0; s.view = [0, s.data.duration]; s.chosen = s.picked = null; s.kind = ""; s.live = new Set();
    canvas.setAttribute("aria-valuemax", String(Math.round(s.data.duration)));
    amend.close(); fillCurves(); fillLines(); $(".card").hidden = true;
    showTab(s.data.lists.moments.length ? "moments" : "behaviours");
  }

  // The same session after a correction: the place, the sound, the view and the lists stay.
  function renew() {
    const tops = [$(".lines").scrollTop, $(".list").scrollTop], { tab, kind, chosen, fixing } = s;
    const draft = amend.draft(); // of a text begun when something else changed
    amend.close();
    s.live = new Set(); s.picked = null;
    fillCurves(); fillLines();
    again(tab, kind, tops, chosen);
    const turn = fixing && s.data.turns.find((t) => t.voice === fixing.voice && t.s === fixing.s && t.text === fixing.text);
    if (turn && draft !== null) amend.correct(turn, draft);
  }

  function note(text) {
    $(".note").textContent = text;
    $(".note").hidden = !text;
  }

  function fillCurves() {
    const select = $('[data-do="curve"]');
    select.replaceChildren();
    const families = new Map();
    s.data.courses.forEach((course, index) => {
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
    if (s.curve >= s.data.courses.length) s.curve = 0;
    select.value = String(s.curve);
    select.parentElement.hidden = !s.data.courses.length;
  }

  // ---- playing -----------------------------------------------------------------------------

  function seek(t) {
    s.at = clamp(t, 0, s.data.duration);
    stopAt = null;
    if (s.data.audio) audio.currentTime = s.at;
    show(s.at);
    refresh();
  }

  function play(from, until) {
    seek(from);
    stopAt = until ?? null;
    if (s.data.audio) audio.play().catch(() => note(say("not_played")));
  }

  function toggle() {
    if (!s.data.audio) return;
    stopAt = null;
    if (audio.paused) audio.play().catch(() => note(say("not_played")));
    else audio.pause();
  }

  function show(t) {
    const [from, to] = s.view, width = to - from;
    if (t >= from && t <= from + width * 0.92 || width >= s.data.duration) return;
    lookAt(t - width * 0.15, width);
  }

  function lookAt(from, width) {
    const size = clamp(width, Math.min(4, s.data.duration), s.data.duration);
    const start = clamp(from, 0, s.data.duration - size);
    s.view = [start, start + size];
  }

  function zoom(factor, around) {
    const [from, to] = s.view, centre = around ?? (s.at >= from && s.at <= to ? s.at : (from + to) / 2);
    const width = clamp((to - from) * factor, Math.min(4, s.data.duration), s.data.duration);
    lookAt(centre - ((centre - from) / (to - from)) * width, width);
    draw();
  }

  function refresh() {
    light();
    draw();
    $(".now").textContent = `${clock(s.at)} / ${clock(s.data.duration)}`;
    canvas.setAttribute("aria-valuenow", String(Math.round(s.at)));
    const speaking = [...s.live].map((turn) => laneName(s.data, turn.role)).join(say("joins"));
    canvas.setAttribute("aria-valuetext", say(speaking ? "position_speaking" : "position", { at: clock(s.at), of: clock(s.data.duration), who: speaking }));
  }

  function tick() {
    if (s.data.audio && !Number.isNaN(audio.duration)) s.at = audio.currentTime;
    if (stopAt !== null && s.at >= stopAt) { audio.pause(); stopAt = null; }
    if (!audio.paused && $('[data-do="follow"]').checked) show(s.at);
    root.classList.toggle("playing", !audio.paused);
    $('[data-do="play"]').setAttribute("aria-label", say(audio.paused ? "play" : "pause"));
    refresh();
    cancelAnimationFrame(frame);
    if (!audio.paused && root.isConnected) frame = requestAnimationFrame(tick);
  }

  // ---- pointer and keys ----------------------------------------------------------------------

  function place(event) {
    const area = canvas.getBoundingClientRect();
    return [event.clientX - area.left, event.clientY - area.top];
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
    if (py < OVERVIEW) { if (s.view[1] - s.view[0] >= s.data.duration - 1e-6) play(((px - box().left) / box().width) * s.data.duration); return; }
    const mark = markAt(px, py);
    if (mark) { if (s.tab !== "behaviours") showTab("behaviours"); choose(mark); reveal(mark); return; }
    play(timeAt(px));
  });
  canvas.addEventListener("wheel", (event) => {
    const [px] = place(event);
    if (event.ctrlKey || event.metaKey) { event.preventDefault(); zoom(event.deltaY > 0 ? 1.25 : 0.8, timeAt(px)); }
    else if (Math.abs(event.deltaX) > Math.abs(event.deltaY) || event.shiftKey) {
      event.preventDefault();
      const by = (event.deltaX || event.deltaY) / box().width * (s.view[1] - s.view[0]);
      lookAt(s.view[0] + by, s.view[1] - s.view[0]);
      draw();
    }
  }, { passive: false });

  function moveTo(px) {
    const width = s.view[1] - s.view[0];
    if (width >= s.data.duration - 1e-6) return;
    const centre = ((px - box().left) / box().width) * s.data.duration;
    lookAt(centre - width / 2, width);
    draw();
  }

  function hint(px, py) {
    const mark = markAt(px, py), turn = mark ? null : turnAt(px, py);
    tip.hidden = !(mark || turn) || px < GUTTER;
    if (tip.hidden) return;
    tip.textContent = mark ? `${mark.at} ${mark.title}` : `${turn.at} ${laneName(s.data, turn.role)}${turn.text ? `: ${turn.text}` : ""}`;
    tip.style.left = `${clamp(px + 12, 0, canvas.clientWidth - Math.min(320, tip.offsetWidth) - 4)}px`;
    tip.style.top = `${py + 16}px`;
  }

  function neighbour(step) {
    const cards = shown();
    if (!cards.length) return;
    const here = s.chosen && cards.includes(s.chosen) ? cards.indexOf(s.chosen) : lastBefore(cards, s.at, (c) => c.start_s) + (step < 0 ? 1 : 0);
    const next = cards[clamp(here + step, 0, cards.length - 1)];
    choose(next);
    reveal(next);
  }

  function turnStep(step) {
    const primary = s.data.turns.filter((turn) => turn.kind === "primary");
    if (!primary.length) return;
    const here = lastBefore(primary, s.at + 0.05, (t) => t.s);
    play(primary[clamp(here + step, 0, primary.length - 1)].s);
  }

  // The turn whose line has the keyboard, else the one chosen last, else the one that plays.
  function correctHere() {
    const active = root.getRootNode().activeElement;
    const before = s.data.turns[lastBefore(s.data.turns, s.at + 0.05, (t) => t.s)];
    const turn = s.data.turns.find((t) => t.row === active) || s.picked || [...s.live].pop() || before;
    if (turn) { reveal(turn); amend.correct(turn); }
  }

  function speed(step) {
    const select = $('[data-do="speed"]');
    select.selectedIndex = clamp(select.selectedIndex + step, 0, select.options.length - 1);
    audio.playbackRate = Number(select.value);
  }

  const keys = {
    " ": () => toggle(), k: () => toggle(),
    ArrowLeft: (e) => seek(s.at - (e.shiftKey ? LEAP_S : STEP_S)), ArrowRight: (e) => seek(s.at + (e.shiftKey ? LEAP_S : STEP_S)),
    PageDown: () => seek(s.at + LEAP_S), PageUp: () => seek(s.at - LEAP_S), Home: () => seek(0), End: () => seek(s.data.duration),
    ArrowUp: () => turnStep(-1), ArrowDown: () => turnStep(1),
    n: () => neighbour(1), p: () => neighbour(-1), e: () => correctHere(),
    ",": () => speed(-1), ".": () => speed(1),
    "+": () => zoom(0.6), "=": () => zoom(0.6), "-": () => zoom(1.7), 0: () => { s.view = [0, s.data.duration]; draw(); },
  };

  root.addEventListener("keydown", (event) => {
    const target = event.composedPath()[0];
    const inForm = event.composedPath().some((node) => node.classList?.contains("fix"));
    if (inForm && event.key === "Escape") amend.close(true);
    // What is typed here is no key of the page around it either.
    if (inForm || target.tagName === "SELECT") { event.stopPropagation(); return; }
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
  function tabStep(event) {
    const tabs = [...root.querySelectorAll("[data-tab]")];
    const next = tabs[(tabs.findIndex((t) => t.dataset.tab === s.tab) + (event.key === "ArrowRight" ? 1 : tabs.length - 1)) % tabs.length];
    showTab(next.dataset.tab);
    next.focus();
    event.preventDefault();
  }

  const does = {
    play: toggle, back: () => seek(s.at - STEP_S), on: () => seek(s.at + STEP_S),
    in: () => zoom(0.6), out: () => zoom(1.7), all: () => { s.view = [0, s.data.duration]; draw(); },
  };
  root.addEventListener("click", (event) => {
    const button = event.composedPath().find((node) => node.dataset?.do || node.dataset?.tab);
    if (!button || button.tagName !== "BUTTON") return;
    if (button.dataset.tab) showTab(button.dataset.tab); else does[button.dataset.do]?.();
  });
  $('[data-do="speed"]').addEventListener("change", () => speed(0));
  $('[data-do="doubts"]').addEventListener("change", (event) => root.classList.toggle("plain", !event.target.checked));
  $('[data-do="curve"]').addEventListener("change", (event) => { s.curve = Number(event.target.value); draw(); });
  for (const name of ["play", "pause", "seeked", "timeupdate", "loadedmetadata", "ended"]) audio.addEventListener(name, () => s.data && tick());
  audio.addEventListener("error", () => { if (s.data?.audio) note(say("not_loaded")); });

  const seen = new ResizeObserver(() => { colours(); draw(); });
  seen.observe(canvas);
  const repaint = setInterval(() => {
    const before = s.ink + s.paper;
    colours();
    if (before !== s.ink + s.paper) draw();
  }, 700);

  function close() {
    audio.pause();
    audio.removeAttribute("src");
    seen.disconnect();
    clearInterval(repaint);
    cancelAnimationFrame(frame);
  }

  return { take, close };
}
