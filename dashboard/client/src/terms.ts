// Words of the field, explained to whoever points at them, goes to them with the keyboard or taps
// them: the first time that each stands in a part of the page.

import { clamp, make } from "./dom";
import { DISMISS } from "./keys";

export type Terms = [word: string, said: string][];

const PASSED_OVER = "button, summary, label, select, svg, .sr, .quote, .spoken, .card h4";
const LINGER_MS = 200;

/** Cut a text at the first place of each term in it that was not met yet; odd pieces are terms. */
export function cut(text: string, terms: Terms, met: Set<string>): string[] {
  if (!terms.length) return [text];
  const words = terms.map(([word]) => word.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&"));
  words.sort((a, b) => b.length - a.length);
  const pieces: string[] = [];
  let from = 0;
  for (const found of text.matchAll(
    new RegExp(`(?<![\\p{L}\\d_-])(?:${words.join("|")})(?![\\p{L}\\d_-])`, "gu"),
  )) {
    if (met.has(found[0])) continue;
    met.add(found[0]);
    pieces.push(text.slice(from, found.index), found[0]);
    from = found.index + found[0].length;
  }
  return [...pieces, text.slice(from)];
}

/** Explain the terms within a part of the page. */
export function explain(part: HTMLElement, terms: Terms): void {
  const said = new Map(terms);
  const met = new Set<string>();
  const tip = tooltip(part);
  for (const node of texts(part)) {
    const pieces = cut(node.data, terms, met);
    if (pieces.length < 2) continue;
    node.replaceWith(...pieces.map((piece, i) => (i % 2 ? word(piece, said.get(piece) ?? "", tip) : piece)));
  }
  if (met.size) part.append(tip.node);
}

function texts(part: HTMLElement): Text[] {
  const walk = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
  const found: Text[] = [];
  while (walk.nextNode()) {
    const node = walk.currentNode as Text;
    if (!node.parentElement?.closest(PASSED_OVER)) found.push(node);
  }
  return found;
}

type Tip = ReturnType<typeof tooltip>;

function word(text: string, said: string, tip: Tip): HTMLButtonElement {
  const node = make("button", "term", text);
  node.type = "button";
  node.setAttribute("aria-description", said); // its own, whatever the tip says just now
  node.addEventListener("pointerenter", () => tip.show(node, said));
  node.addEventListener("focus", () => tip.show(node, said));
  node.addEventListener("click", () => tip.show(node, said));
  node.addEventListener("pointerleave", tip.leave);
  node.addEventListener("blur", tip.hide);
  return node;
}

// One for all words of a part. It stays while the pointer is on it, so that it can be read enlarged,
// goes with its word where something is scrolled, and Escape takes it away.
function tooltip(part: HTMLElement) {
  const node = make("div", "explained");
  node.setAttribute("role", "tooltip");
  node.hidden = true;
  let timer = 0;
  let shown = new AbortController();
  const hide = () => {
    window.clearTimeout(timer);
    shown.abort();
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
  node.addEventListener("pointerenter", () => window.clearTimeout(timer));
  node.addEventListener("pointerleave", leave);
  function show(at: HTMLElement, said: string): void {
    hide();
    shown = new AbortController();
    const { signal } = shown;
    const follow = () => (at.isConnected ? place(at) : hide());
    part.addEventListener("scroll", follow, { signal });
    window.addEventListener("scroll", follow, { capture: true, signal });
    window.addEventListener("keydown", escaped, { capture: true, signal });
    document.addEventListener(DISMISS, dismiss, { signal });
    node.textContent = said;
    node.hidden = false;
    place(at);
  }
  function place(at: HTMLElement): void {
    const box = at.getBoundingClientRect();
    const [width, height] = [node.offsetWidth, node.offsetHeight];
    const below = box.bottom + 6 + height < window.innerHeight - 70;
    node.style.left = `${clamp(box.left, 8, Math.max(8, window.innerWidth - width - 8))}px`;
    node.style.top = `${below ? box.bottom + 4 : Math.max(4, box.top - height - 4)}px`;
  }
  return { node, show, hide, leave };
}
