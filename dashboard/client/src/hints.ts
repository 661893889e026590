// What stands in `data-hint` is shown beside what is pointed at, tapped or has the keyboard.

import { clamp, make } from "./dom";
import { DISMISS } from "./keys";

const LINGER_MS = 200;
const PLAYER = 70; // pixels at the foot of the window
const BESIDE = 4; // pixels between a hint and what it explains, and from the window's upper edge
const SLACK = 6; // pixels that must be left below it too
const EDGE = 8; // pixels from the sides of the window

interface Tip {
  node: HTMLElement;
  hide: () => void;
}

const tips = new WeakMap<HTMLElement, Tip>();

/** Show the hints of a part of the page; once is enough, and again where the part was filled anew. */
export function hints(part: HTMLElement): void {
  const tip = tips.get(part) ?? tooltip(part);
  tips.set(part, tip);
  tip.hide();
  part.append(tip.node);
}

/** Let a node show a hint; whatever has the keyboard there, itself or what is given, says it too. */
export function hint(node: HTMLElement, said: string, saying: HTMLElement = node): void {
  node.dataset.hint = said;
  saying.setAttribute("aria-description", said); // its own, whatever the tip says just now
}

// One for all of a part. It stays while the pointer is on it, so that it can be read enlarged, goes
// with what it explains where something is scrolled, and Escape takes it away.
function tooltip(part: HTMLElement): Tip {
  const node = make("div", "explained");
  node.setAttribute("role", "tooltip");
  node.hidden = true;
  let timer = 0;
  let shown = new AbortController();
  let about: HTMLElement | null = null;
  const hide = () => {
    window.clearTimeout(timer);
    shown.abort();
    about = null;
    node.hidden = true;
  };
  const leave = () => {
    timer = window.setTimeout(hide, LINGER_MS);
  };
  const dismiss = (event: Event) => {
    if (node.isConnected) event.preventDefault();
    hide();
  };
  const escaped = (event: KeyboardEvent) => {
    if (event.key !== "Escape") return;
    if (node.isConnected) event.stopImmediatePropagation();
    hide();
  };
  const hinted = (event: Event) => (event.target as Element).closest<HTMLElement>("[data-hint]");

  function show(event: Event): void {
    const at = hinted(event);
    if (!at || (event.type === "click" && !at.matches(".term"))) return; // other buttons do something
    window.clearTimeout(timer);
    if (at === about) return;
    hide();
    about = at;
    shown = new AbortController();
    const { signal } = shown;
    const follow = () => (at.isConnected ? place(at) : hide());
    window.addEventListener("scroll", follow, { capture: true, signal });
    part.addEventListener("scroll", follow, { capture: true, signal });
    window.addEventListener("keydown", escaped, { capture: true, signal });
    document.addEventListener(DISMISS, dismiss, { signal });
    node.textContent = at.dataset.hint ?? "";
    node.hidden = false;
    place(at);
  }
  function place(at: HTMLElement): void {
    const box = at.getBoundingClientRect();
    const [width, height] = [node.offsetWidth, node.offsetHeight];
    const below = box.bottom + SLACK + height < window.innerHeight - PLAYER;
    node.style.left = `${clamp(box.left, EDGE, Math.max(EDGE, window.innerWidth - width - EDGE))}px`;
    node.style.top = `${below ? box.bottom + BESIDE : Math.max(BESIDE, box.top - height - BESIDE)}px`;
  }
  // Moved to, not scrolled under: what comes to lie below a pointer at rest is not pointed at.
  for (const name of ["pointermove", "focusin", "click"]) part.addEventListener(name, show);
  part.addEventListener("pointerout", (event) => {
    if (about && !about.contains(event.relatedTarget as Node | null)) leave();
  });
  part.addEventListener("focusout", hide);
  node.addEventListener("pointerenter", () => window.clearTimeout(timer));
  node.addEventListener("pointerleave", leave);
  return { node, hide };
}
