// Elements of the page. Whatever came from a session is written with textContent, never parsed.

export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className = "",
  text?: string,
): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

export function button(text: string, then: () => void, className = "", label = ""): HTMLButtonElement {
  const node = make("button", className, text);
  node.type = "button";
  if (label) node.setAttribute("aria-label", label);
  node.addEventListener("click", then);
  return node;
}

const shown = new WeakMap<Element, string>();

/** Whether a place is to be filled: with the same again, whoever is in it with the keyboard stays there. */
export function fresh(place: Element, data: unknown): boolean {
  const now = JSON.stringify(data);
  const before = shown.get(place);
  shown.set(place, now);
  return before !== now;
}

/** Somebody's words, under the name of who says them. */
export function quote(role: string, who: string, text: string): HTMLElement {
  const part = make("blockquote", `quote ${role}`);
  part.append(make("b", "", who), make("span", "", text));
  return part;
}

/** Ask the room of the same page to play a stretch. */
export function playInRoom(from: number, until: number): void {
  document.dispatchEvent(new CustomEvent("listening:play", { detail: { from, until } }));
}

export function table(title: string, columns: string[], rows: string[][]): HTMLTableElement {
  const node = make("table");
  const body = make("tbody");
  node.append(make("caption", "", title));
  if (columns.length) node.append(heads(columns));
  for (const [first, ...cells] of rows) {
    const row = make("tr");
    const name = make("th", "", first);
    name.scope = "row";
    row.append(name, ...cells.map((cell) => make("td", "", cell)));
    body.append(row);
  }
  node.append(body);
  return node;
}

/** The head of a table; a column without a text has a plain cell. */
export function heads(texts: string[], className: (column: number) => string = () => ""): HTMLElement {
  const top = make("tr");
  for (const [column, text] of texts.entries()) {
    const cell = make(text ? "th" : "td", className(column), text);
    if (text) (cell as HTMLTableCellElement).scope = "col";
    top.append(cell);
  }
  const head = make("thead");
  head.append(top);
  return head;
}

/** A part of the page that can be scrolled, by keyboard too. */
export function scrolls(node: HTMLElement, title: string): void {
  node.tabIndex = 0;
  node.setAttribute("role", "region");
  node.setAttribute("aria-label", title);
}

export const clamp = (value: number, low: number, high: number): number =>
  Math.min(Math.max(value, low), high);

/** The last item whose start is not after t, else the first of all. */
export function standingAt<T>(list: readonly T[], t: number, start: (item: T) => number): T | undefined {
  return list[Math.max(0, lastBefore(list, t, start))];
}

/** The last index whose start is not after t, in a list sorted by start; -1 before the first. */
export function lastBefore<T>(list: readonly T[], t: number, start: (item: T) => number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (start(list[middle] as T) <= t) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Make these the children of a node, without touching those that are there and stay. */
export function inOrder(node: HTMLElement, items: readonly HTMLElement[]): void {
  const wanted = new Set<Element>(items);
  for (const child of [...node.children]) if (!wanted.has(child)) child.remove();
  let next = node.firstElementChild;
  for (const item of items) {
    if (item === next) next = next.nextElementSibling;
    else node.insertBefore(item, next);
  }
}
