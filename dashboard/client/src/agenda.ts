// The agenda: items in an order that a person chooses, by dragging or by keys, each with its words,
// a place for a note, and ▶ which plays it in the room of the same page.

import { button, fresh, make, playInRoom, quote } from "./dom";
import { explain, type Terms } from "./terms";
import { clock } from "./words";

interface Item {
  start_s: number;
  play_s: number;
  stop_s: number;
  title: string;
  why: string;
  note: string;
  by: string;
  words: [string, string, string][];
  notes: string[];
}

interface Data {
  title: string;
  empty: string;
  stamp: string;
  code: string;
  items: Item[];
  silent: boolean;
  say: Record<string, string>;
  terms: Terms;
}

interface Component {
  data: Data | null;
  parentElement: ParentNode;
  setTriggerValue: (name: string, value: unknown) => void;
}

const ANSWERED_MS = 6000; // how long an answer is waited for before another can be asked
const ROWS = 2; // of a note, before it is enlarged
const MOST_LETTERS = 500; // of a note

export default function agenda({ data, parentElement, setTriggerValue }: Component): void {
  const box = parentElement.querySelector<HTMLElement>(".agenda");
  if (!box || !data || !fresh(box, data)) return; // a note that is being written stays
  fill(box, data, setTriggerValue);
  if (data.code) keepNext(box);
}

/** Tell of a note that was typed and not yet taken: before its writer had given a code, say. */
function keepNext(box: HTMLElement): void {
  const held = (box.getRootNode() as Document | ShadowRoot).activeElement;
  const areas = [...box.querySelectorAll("textarea")];
  areas.find((area) => area !== held && unkept(area))?.dispatchEvent(new Event("blur"));
}

const unkept = (area: HTMLTextAreaElement) => area.value.trim() !== area.defaultValue;

function fill(box: HTMLElement, data: Data, setTriggerValue: Component["setTriggerValue"]): void {
  const list = make("ol", "items");
  // One thing at a time: what is told is answered with a list made anew, or, where it was refused,
  // the list is as it was.
  const tell = (what: Record<string, unknown>) => {
    if (list.ariaBusy) return;
    list.ariaBusy = "true";
    window.setTimeout(() => {
      if (list.isConnected) fill(box, data, setTriggerValue);
    }, ANSWERED_MS);
    setTriggerValue("told", {
      ...what,
      stamp: data.stamp,
      by: sessionStorage.getItem("listening.code") ?? "",
      number: `${Date.now()} ${Math.random()}`,
    });
  };
  list.setAttribute("aria-label", data.title);
  list.append(...data.items.map((item, at) => row(item, at, data, list, tell)));
  const held = keyboardIn(box);
  const drafts = [...box.querySelectorAll("textarea")].filter(unkept);
  box.replaceChildren(data.items.length ? list : make("p", "empty", data.empty));
  explain(box, data.terms);
  for (const draft of drafts) {
    const area = list.querySelector<HTMLTextAreaElement>(`${itemOf(draft)} textarea`);
    if (area) area.value = draft.value;
  }
  if (held) list.querySelector<HTMLElement>(held)?.focus();
}

/** A selector of what has the keyboard, by its item and its part, so that it has it again. */
function keyboardIn(box: HTMLElement): string | null {
  const active = (box.getRootNode() as Document | ShadowRoot).activeElement as HTMLElement | null;
  if (!active?.dataset.part) return null;
  return `${itemOf(active)} [data-part="${active.dataset.part}"]`;
}

/** A selector of the item that something is a part of. */
function itemOf(node: HTMLElement): string {
  return `[data-item="${node.closest<HTMLElement>(".item")?.dataset.item ?? ""}"]`;
}

type Tell = (what: Record<string, unknown>) => void;

function row(item: Item, at: number, data: Data, list: HTMLElement, tell: Tell): HTMLLIElement {
  const node = make("li", "item");
  node.dataset.item = `${item.start_s}`;
  const named = (code: string) => `${data.say[code] ?? ""}: ${item.title}, ${clock(item.start_s)}`;
  const move = (to: number) => {
    if (to < 0 || to >= data.items.length || to === at) return;
    tell({ do: "move", item: at + 1, to: to + 1 });
  };
  const grip = handle(named("drag"), node, list, at, move);
  const head = make("div", "head");
  const play = () => playInRoom(item.play_s, item.stop_s);
  const up = button("↑", () => move(at - 1), "small", named("earlier"));
  const down = button("↓", () => move(at + 1), "small", named("later"));
  up.disabled = at === 0;
  down.disabled = at === data.items.length - 1;
  const off = button(data.say.off ?? "", () => tell({ do: "drop", item: at + 1 }), "small", named("off"));
  grip.dataset.part = "grip";
  up.dataset.part = "up";
  down.dataset.part = "down";
  head.append(
    grip,
    data.silent
      ? make("span", "hint", clock(item.start_s))
      : button(`▶ ${clock(item.start_s)}`, play, "go", named("play")),
    make("b", "what", item.title),
    up,
    down,
    off,
  );
  node.append(head, make("p", "why", item.why));
  if (item.words.length) node.append(words(item));
  for (const note of item.notes) node.append(make("p", "beside spoken", note));
  node.append(noting(item, at, data, tell, named("note")));
  return node;
}

function words(item: Item): HTMLElement {
  const box = make("div", "quotes");
  box.append(...item.words.map(([role, who, text]) => quote(role, who, text)));
  return box;
}

function noting(item: Item, at: number, data: Data, tell: Tell, name: string): HTMLElement {
  const box = make("label", "noting", data.say.note);
  const area = make("textarea");
  area.rows = ROWS;
  area.dataset.part = "note";
  area.maxLength = MOST_LETTERS;
  area.value = area.defaultValue = item.note;
  area.setAttribute("aria-label", name);
  area.addEventListener("blur", () => {
    if (unkept(area)) tell({ do: "note", item: at + 1, text: area.value });
  });
  area.addEventListener("keydown", (event) => event.stopPropagation());
  box.append(area);
  if (item.by) box.append(make("span", "by spoken", item.by));
  return box;
}

// The handle is dragged with a pointer, or moved with the arrows while it has the keyboard.
function handle(
  name: string,
  node: HTMLElement,
  list: HTMLElement,
  at: number,
  move: (to: number) => void,
): HTMLButtonElement {
  const grip = button("⠿", () => undefined, "grip", name);
  grip.dataset.arrows = "own";
  const place = () => [...list.children].indexOf(node);
  grip.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
    event.preventDefault();
    move(at + (event.key === "ArrowUp" ? -1 : 1));
  });
  // On the window: a node that is put elsewhere loses the pointer it had captured.
  const over = (event: PointerEvent) => {
    const others = [...list.children].filter((other) => other !== node);
    const next = others.find((other) => {
      const area = other.getBoundingClientRect();
      return event.clientY < area.top + area.height / 2;
    });
    if (next !== (node.nextElementSibling ?? undefined)) list.insertBefore(node, next ?? null);
  };
  const ended = (event: Event) => {
    window.removeEventListener("pointermove", over);
    for (const name of ["pointerup", "pointercancel"]) window.removeEventListener(name, ended);
    node.classList.remove("moving");
    const to = place();
    if (event.type === "pointerup") move(to);
    else if (to !== at) list.insertBefore(node, list.children[at + (to < at ? 1 : 0)] ?? null);
  };
  grip.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    grip.focus();
    node.classList.add("moving");
    window.addEventListener("pointermove", over);
    for (const name of ["pointerup", "pointercancel"]) window.addEventListener(name, ended);
  });
  return grip;
}
