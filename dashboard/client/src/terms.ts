// Words of the field, explained to whoever points at them, goes to them with the keyboard or taps
// them: the first time that each stands in a part of the page, and again in what is folded there.

import { make } from "./dom";
import { hint, hints } from "./hints";

export type Terms = [word: string, said: string][];

const PASSED_OVER = "button, summary, label, select, svg, .sr, .quote, .spoken, .card h4";
const SPOKEN = /“[^”]*(?:”|$)|„[^“]*(?:“|$)/gu; // somebody's words, in which nothing is a word of the field
const ACRONYM = /^(?!\p{L}\p{Ll})|^..?$/u; // is written one way; "Median" stands as "median" too

/** Cut a text at the first place of each term in it that was not met yet; odd pieces are terms. */
export function cut(text: string, terms: Terms, met: Set<string>): string[] {
  if (!terms.length) return [text];
  const spoken = [...text.matchAll(SPOKEN)].map((one) => [one.index, one.index + one[0].length] as const);
  const pieces: string[] = [];
  let from = 0;
  for (const found of text.matchAll(anyOf(terms))) {
    const [at, end] = [found.index, found.index + found[0].length];
    if (met.has(plain(found[0])) || spoken.some(([open, close]) => open < end && at < close)) continue;
    if (found[0].length === 1 && !notation(text.slice(0, at), text.slice(end))) continue;
    met.add(plain(found[0]));
    pieces.push(text.slice(from, at), found[0]);
    from = end;
  }
  return [...pieces, text.slice(from)];
}

const patterns = new WeakMap<Terms, RegExp>();

/** What finds terms, longer ones first; made once of a list, however many texts are cut by it. */
function anyOf(terms: Terms): RegExp {
  const known = patterns.get(terms);
  if (known) return known;
  const words = terms.map(([word]) => word).sort((a, b) => b.length - a.length);
  const made = new RegExp(
    `(?<![\\p{L}\\d_-])(?:${words.map(pattern).join("|")})(?![\\p{L}\\d_-]|\\.\\p{L})`,
    "gu",
  );
  patterns.set(terms, made);
  return made;
}

const plain = (word: string) => (ACRONYM.test(word) ? word : word.toLowerCase());

function pattern(word: string): string {
  const exact = word.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
  if (ACRONYM.test(word)) return exact;
  return `[${word.charAt(0).toUpperCase()}${word.charAt(0).toLowerCase()}]${exact.slice(1)}`;
}

/** Whether a letter is a sign: alone, the unit of a figure, or what a figure is given for. */
function notation(before: string, after: string): boolean {
  return !(before + after).trim() || /\d\s$/u.test(before) || /^\s*[=<>≤≥]/u.test(after);
}

/** Explain the terms within a part of the page. */
export function explain(part: HTMLElement, terms: Terms): void {
  const said = new Map(terms.map(([word, meaning]) => [plain(word), meaning]));
  const met = new Map<Element, Set<string>>();
  const at = (node: Element | null) => {
    const fold = node?.closest("details") ?? part;
    const known = met.get(fold) ?? new Set();
    met.set(fold, known);
    return known;
  };
  for (const node of part.querySelectorAll(".term")) at(node).add(plain(node.textContent ?? ""));
  for (const node of texts(part)) {
    const pieces = cut(node.data, terms, at(node.parentElement));
    if (pieces.length < 2) continue;
    node.replaceWith(
      ...pieces.map((piece, i) => (i % 2 ? term(piece, said.get(plain(piece)) ?? "") : piece)),
    );
  }
  if (part.querySelector(".term")) hints(part);
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

function term(text: string, said: string): HTMLButtonElement {
  const node = make("button", "term", text);
  node.type = "button";
  hint(node, said);
  return node;
}
