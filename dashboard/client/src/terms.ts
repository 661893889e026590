// Words of the field, explained to whoever points at them, goes to them with the keyboard or taps
// them: the first time that each stands in a part of the page.

import { clamp, make } from "./dom";

export type Terms = [word: string, said: string][];

const PASSED_OVER = "button, summary, label, select, svg, .sr, .quote";
const LINGER_MS = 200;
let count = 0;

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
  node.setAttribute("aria-describedby", tip.node.id);
  node.addEventListener("pointerenter", () => tip.show(node, said));
  node.addEventListener("focus", () => tip.show(node, said));
  node.addEventListener("click", () => tip.show(node, said));
  node.addEventListener("pointerleave", tip.leave);
  node.addEventListener("blur", tip.hide);
  node.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || tip.node.hidden) return;
    event.stopPropagation();
    tip.hide();
  });
  return node;
}

// One for all words of a part. It stays while the pointer is on it, so that it can be read enlarged.
function tooltip(part: HTMLElement) {
  const node = make("div", "explained");
  node.id = `explained-${++count}`;
  node.setAttribute("role", "tooltip");
  node.hidden = true;
  let timer = 0;
  const hide = () => {
    node.hidden = true;
  };
  const leave = () => {
    timer = window.setTimeout(hide, LINGER_MS);
  };
  node.addEventListener("pointerenter", () => window.clearTimeout(timer));
  node.addEventListener("pointerleave", leave);
  part.addEventListener("scroll", hide);
  function show(at: HTMLElement, said: string): void {
    window.clearTimeout(timer);
    node.textContent = said;
    node.hidden = false;
    const place = at.getBoundingClientRect();
    const [width, height] = [node.offsetWidth, node.offsetHeight];
    const below = place.bottom + 6 + height < window.innerHeight - 70;
    node.style.left = `${clamp(place.left, 8, Math.max(8, window.innerWidth - width - 8))}px`;
    node.style.top = `${below ? place.bottom + 4 : Math.max(4, place.top - height - 4)}px`;
  }
  return { node, show, hide, leave };
}
