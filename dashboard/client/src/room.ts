// The listening room: takes what the server gives, keeps the state, and joins sound, map,
// transcript, lists and keys.

import { correcting } from "./correcting";
import { make } from "./dom";
import { kept } from "./drawn";
import { first } from "./first";
import { listenTo } from "./keys";
import { CLOSER, FURTHER, looking } from "./looking";
import { mapped } from "./map";
import { matrix } from "./matrix";
import { menus } from "./menus";
import { notes } from "./notes";
import { behind } from "./opens";
import { unpack } from "./packed";
import { opened, places } from "./places";
import { closest } from "./queue";
import { sound } from "./sound";
import { stepping } from "./stepping";
import { explain } from "./terms";
import { laneName, transcript } from "./transcript";
import type { Card, Given, ListName, Opens, Scene, State, Tell, Turn } from "./types";
import { clock, length, say, speak } from "./words";

const REPAINTED_MS = 700; // how often the page's colours are looked at: nobody tells when they change

interface Component {
  data: Given | null;
  parentElement: ParentNode;
  setTriggerValue: (name: string, value: unknown) => void;
}

interface Room {
  take: (given: Given, tell: Tell) => void;
  close: () => void;
}
const rooms = new WeakMap<Element, Room>();

export default function component({
  data,
  parentElement,
  setTriggerValue,
}: Component): (() => void) | undefined {
  const root = parentElement.querySelector<HTMLElement>(".room");
  if (!root || !data) return undefined;
  const room = rooms.get(root) ?? open(root);
  rooms.set(root, room);
  room.take(data, (what) => setTriggerValue("told", what));
  return () =>
    window.setTimeout(() => {
      if (root.isConnected) return;
      room.close();
      rooms.delete(root);
    }, 0);
}

function open(root: HTMLElement): Room {
  const $ = <T extends HTMLElement = HTMLElement>(selector: string) => root.querySelector(selector) as T;
  const canvas = $<HTMLCanvasElement>("canvas.time");
  const s: State = {
    data: null,
    given: null,
    at: 0,
    view: [0, 1],
    tab: "moments",
    kind: "",
    chosen: null,
    curves: new Set(),
    live: new Set(),
    picked: null,
    fixing: null,
    hits: [],
    ink: "#222",
    paper: "#fff",
    tell: () => undefined,
  };
  const map = mapped(root, s);
  const audio = sound(root, s, () => tick(), note);
  const amend = correcting(root, s, { play, lines: () => lines, redraw: redrawLine });
  const lines = transcript(root, s, { play, correct: amend.correct, draw: map.draw });
  const writing = notes(root, s, amend, () => audio.pause());
  const lists = places(root, s, { play, draw: map.draw, lines, amend });
  const fillFirst = first(root, s, { play, choose: (c) => pick("moments", c), amend });
  const fillMatrix = matrix(root, s, playCard);
  const fillMenus = menus(root, s, map.draw);
  const { correctHere, tabStep, upDown } = stepping(root, s, {
    play,
    correct: amend.correct,
    showTab: lists.showTab,
    lines,
  });
  const { all, show, zoom } = looking(root, s, { map, play, choose: (c) => pick("behaviours", c) });
  let [frame, unpacking] = [0, ""];

  function take(given: Given, tell: Tell): void {
    const old = s.given;
    s.given = given;
    s.tell = tell;
    speak(given.say);
    writing.take(given);
    amend.agree(given.code, old?.code);
    note(given.note);
    if (s.data && Boolean(old?.audio) !== Boolean(given.audio)) fillFirst();
    if (JSON.stringify(old?.cautions) !== JSON.stringify(given.cautions)) {
      $(".cautions").replaceChildren(...given.cautions.map((text) => make("li", "", text)));
      explain($(".caution-box"), given.terms);
    }
    $<HTMLButtonElement>('[data-do="play"]').disabled = !given.audio;
    const failed = Boolean(given.answer?.text && given.answer.number !== old?.answer?.number);
    const fresh = !s.data || old?.stamp !== given.stamp;
    if (failed) amend.restore();
    showSection(given.section);
    if (fresh) arrive(given, s.data !== null && old?.session === given.session);
    else if (s.data && JSON.stringify(old?.notes) !== JSON.stringify(given.notes)) renew(s.data);
    else settle(JSON.stringify(old?.readings) !== JSON.stringify(given.readings));
  }

  function arrive(given: Given, same: boolean): void {
    unpacking = given.stamp;
    unpack(given.packed).then((scene) => {
      if (unpacking !== given.stamp || s.given?.session !== given.session) return;
      if (same) renew(scene);
      else begin(scene);
      audio.source(given.audio);
      settle(false);
    });
  }

  function settle(readings: boolean): void {
    if (!s.data) return;
    if (readings && !s.chosen) lists.fill();
    audio.source(s.given?.audio ?? null);
    map.colours();
    map.draw();
    tick();
    const back = amend.answered();
    if (back) lists.goBack(back);
  }

  function begin(scene: Scene): void {
    scene.lists.notes = s.given?.notes ?? [];
    const kept = remembered(s.given?.session ?? "");
    Object.assign(s, {
      data: scene,
      at: kept.at,
      view: [0, scene.duration],
      chosen: null,
      picked: null,
      kind: "",
      live: new Set(),
    });
    if (!s.curves.size && scene.curves[0]) s.curves.add(scene.curves[0].name);
    canvas.setAttribute("aria-valuemax", String(Math.round(scene.duration)));
    amend.close();
    fillMenus();
    lines.fill();
    fillFirst();
    fillMatrix();
    lists.showTab(
      s.given?.bare ? "notes" : (kept.tab ?? (scene.lists.moments.length ? "moments" : "behaviours")),
    );
    root.classList.add("ready");
  }

  // The same session after a correction: the place, the sound, the view and the lists stay.
  function renew(scene: Scene): void {
    const tops: [number, number] = [$(".lines").scrollTop, $(".list").scrollTop];
    const { tab, kind, chosen, fixing } = s;
    const draft = amend.draft(); // of a text begun when something else changed
    amend.restore(); // so that its turn is found again
    amend.close();
    scene.lists.notes = s.given?.notes ?? [];
    scene.turns = kept(s.data?.turns ?? [], scene.turns);
    Object.assign(s, { data: scene, picked: null });
    fillMenus();
    lines.fill();
    fillFirst();
    fillMatrix();
    lists.again(tab, kind, tops, chosen);
    const turn = fixing && closest(scene.turns, fixing);
    if (turn && draft !== null && turn.text !== draft.trim()) amend.correct(turn, draft);
  }

  function redrawLine(turn: Turn): void {
    s.live.delete(turn);
    lines.redraw(turn);
    map.draw();
    tick();
  }

  function note(text: string): void {
    $(".note").textContent = text;
    $(".note").hidden = !text;
  }

  // ---- what stays over a reload: the place and the list, in this tab alone -----------------------

  const KEPT = "listening.place";
  function remembered(session: string): { at: number; tab: ListName | null } {
    try {
      const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "{}");
      if (kept.session === session) return { at: Number(kept.at) || 0, tab: kept.tab ?? null };
    } catch {
      // what cannot be read is not kept
    }
    return { at: 0, tab: null };
  }
  function remember(): void {
    if (s.data)
      sessionStorage.setItem(KEPT, JSON.stringify({ session: s.given?.session, at: s.at, tab: s.tab }));
  }
  window.addEventListener("pagehide", remember);

  function showSection(name: string): void {
    const nav = $(".sections");
    if (nav.childElementCount !== s.given?.sections.length) {
      nav.replaceChildren(
        ...(s.given?.sections ?? []).map(([key, title]) => {
          const node = make("button", "", title);
          node.type = "button";
          node.dataset.section = key;
          return node;
        }),
      );
    }
    for (const node of nav.querySelectorAll<HTMLElement>("button")) {
      if (node.dataset.section === name) node.setAttribute("aria-current", "page");
      else node.removeAttribute("aria-current");
    }
    $(".listen").hidden = name !== "listen";
    $(".findings").hidden = name !== "findings";
    if (name === "listen") map.draw();
  }

  function goTo(name: string): void {
    showSection(name);
    s.tell({ kind_of: "section", section: name, number: String(Date.now()) });
  }

  // ---- playing -------------------------------------------------------------------------------------------

  function play(from: number, until: number | null = null): void {
    audio.play(from, until);
    show(s.at);
  }

  function playCard(c: Card): void {
    play(c.play_s, c.stop_s);
  }

  function pick(tab: ListName, c: Card): void {
    if (s.tab !== tab) lists.showTab(tab);
    lists.choose(c);
  }

  function seek(t: number): void {
    audio.seek(t);
    show(s.at);
  }

  function tick(): void {
    if (!s.data) return;
    audio.step();
    if (audio.playing() && $<HTMLInputElement>('[data-do="follow"]').checked) show(s.at);
    const button = $('[data-do="play"]');
    if (root.classList.contains("playing") !== audio.playing() || !button.getAttribute("aria-label")) {
      root.classList.toggle("playing", audio.playing());
      button.setAttribute("aria-label", say(audio.playing() ? "pause" : "play"));
    }
    lines.light();
    map.move();
    where();
    cancelAnimationFrame(frame);
    if (audio.playing() && root.isConnected) frame = requestAnimationFrame(tick);
  }

  let told = "";
  function where(): void {
    const now = `${clock(s.at)} / ${length(s.data?.duration ?? 0)}`;
    const speaking = [...s.live].map((turn) => laneName(s, turn.role)).join(say("joins"));
    if (`${now} ${speaking}` === told) return;
    told = `${now} ${speaking}`;
    $(".now").textContent = now;
    $(".speaking").textContent = speaking;
    canvas.setAttribute("aria-valuenow", String(Math.round(s.at)));
    const fields = { at: clock(s.at), of: length(s.data?.duration ?? 0), who: speaking };
    canvas.setAttribute("aria-valuetext", say(speaking ? "position_speaking" : "position", fields));
  }

  // ---- keys -----------------------------------------------------------------------------------------------

  function step(way: number, far = false): void {
    seek(s.at + way * ((far ? s.given?.leap_s : s.given?.step_s) ?? 0));
  }

  const still = listenTo(root, {
    " ": audio.toggle,
    k: audio.toggle,
    j: () => step(-1),
    l: () => step(1),
    ArrowLeft: (e) => step(-1, e.shiftKey),
    ArrowRight: (e) => step(1, e.shiftKey),
    ArrowUp: (e) => upDown(e, -1),
    ArrowDown: (e) => upDown(e, 1),
    n: () => lists.neighbour(1),
    p: () => lists.neighbour(-1),
    e: () => s.given?.bare || correctHere(),
    m: writing.open,
    "/": () => $(".search").focus(),
    ",": () => audio.faster(-1),
    ".": () => audio.faster(1),
    "+": () => zoom(CLOSER),
    "=": () => zoom(CLOSER),
    "-": () => zoom(FURTHER),
    0: all,
    Escape: () => (s.fixing ? amend.close(true) : lists.showCard(null)),
  });

  // Escape leaves a form even while somebody types in it; nothing typed there is a key of the page.
  root.addEventListener("keydown", (event) => {
    const inForm = event.composedPath().some((node) => (node as HTMLElement).classList?.contains("fix"));
    if (inForm && event.key === "Escape") amend.close(true);
    const target = event.composedPath()[0] as HTMLElement;
    if (target.getAttribute?.("role") === "tab" && /^Arrow(Left|Right)$/.test(event.key)) tabStep(event);
    if (/^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) event.stopPropagation();
  });

  const does: Record<string, () => void> = {
    play: audio.toggle,
    back: () => step(-1),
    on: () => step(1),
    in: () => zoom(CLOSER),
    out: () => zoom(FURTHER),
    all,
    "next-hit": () => lines.next(1),
    "last-hit": () => lines.next(-1),
    write: writing.open,
  };
  root.addEventListener("click", (event) => {
    const node = event
      .composedPath()
      .find((n) => n instanceof HTMLElement && (n.dataset.do || n.dataset.tab || n.dataset.section));
    if (!(node instanceof HTMLButtonElement)) return;
    if (node.dataset.tab) lists.showTab(node.dataset.tab as ListName);
    else if (node.dataset.section) goTo(node.dataset.section);
    else does[node.dataset.do ?? ""]?.();
  });
  $('[data-do="doubts"]').addEventListener("change", (event) =>
    root.classList.toggle("plain", !(event.target as HTMLInputElement).checked),
  );
  const search = $<HTMLInputElement>(".search");
  search.addEventListener("input", () => lines.find(search.value));
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter") lines.next(event.shiftKey ? -1 : 1);
  });

  // A number of a table that is opened: the places it rests on, in sight and to be played.
  const opens = (event: Event) => {
    const { opens: what, title } = (event as CustomEvent<{ opens: Opens; title: string }>).detail;
    const box = $(".behind-cell");
    $(".findings").hidden = false;
    box.replaceChildren(opened(title, behind(what, s), s, playCard));
    explain(box, s.given?.terms ?? []);
    box.querySelector("h4")?.focus({ preventScroll: true });
    box.scrollIntoView({ block: "center" });
  };
  document.addEventListener("listening:open", opens);
  const playsHere = (event: Event) => {
    const { from, until } = (event as CustomEvent<{ from: number; until: number | null }>).detail;
    play(from, until);
  };
  document.addEventListener("listening:play", playsHere);

  // ---- the page around it ------------------------------------------------------------------------------------

  const seen = new ResizeObserver(() => {
    map.colours();
    map.draw();
  });
  seen.observe(canvas);
  const repaint = window.setInterval(() => {
    const before = s.ink + s.paper;
    map.colours();
    if (before !== s.ink + s.paper) map.draw();
  }, REPAINTED_MS);

  function close(): void {
    remember();
    audio.close();
    still();
    document.removeEventListener("listening:open", opens);
    document.removeEventListener("listening:play", playsHere);
    window.removeEventListener("pagehide", remember);
    seen.disconnect();
    window.clearInterval(repaint);
    cancelAnimationFrame(frame);
  }

  return { take, close };
}
