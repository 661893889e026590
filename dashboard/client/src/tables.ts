// A table of text. Cells are written with textContent, never parsed. A row that rests on moments
// can be opened: the room of the same page then lists and plays them.

import { button, fresh, heads, make, playInRoom, scrolls } from "./dom";
import { explain, type Terms } from "./terms";
import type { Opens } from "./types";

interface Line {
  cells: string[];
  meaning: string;
  faint: boolean;
  opens: Opens | null;
}

interface Grid {
  title: string;
  heads: string[];
  lines: Line[];
  numbers_from: number;
  spoken: number[]; // columns with what people said or wrote, in which no word is explained
  note: string;
  empty: string;
  open: string;
  terms: Terms;
}

interface Component {
  data: Grid | null;
  parentElement: ParentNode;
}

export default function tables({ data, parentElement }: Component): void {
  const grid = parentElement.querySelector<HTMLElement>(".grid");
  if (!grid || !data || !fresh(grid, data)) return;
  const kind = (column: number) =>
    `${column >= data.numbers_from ? "number" : ""}${data.spoken.includes(column) ? " spoken" : ""}`.trim();
  const table = make("table");
  const body = make("tbody");
  table.append(make("caption", "", data.title), heads(data.heads, kind), body);
  for (const line of data.lines) body.append(...rows(line, data, kind));
  scrolls(grid, data.title);
  grid.replaceChildren(data.lines.length ? table : make("p", "empty", data.empty));
  if (data.note) grid.append(make("p", "empty", data.note));
  explain(grid, data.terms);
}

function rows(line: Line, data: Grid, kind: (column: number) => string): HTMLElement[] {
  const row = make("tr", line.faint ? "first faint" : "first");
  for (const [column, text] of line.cells.entries()) {
    const cell = make(column ? "td" : "th", kind(column), text);
    if (!column) (cell as HTMLTableCellElement).scope = "row";
    if (!column && line.opens) cell.append(" ", opener(line.opens, line, data));
    row.append(cell);
  }
  if (!line.meaning) return [row];
  const why = make("tr", "why");
  const cell = make("td", "", line.meaning);
  cell.colSpan = data.heads.length;
  why.append(cell);
  return [row, why];
}

function opener(opens: Opens, line: Line, data: Grid): HTMLButtonElement {
  const title = opens.title ?? line.cells[0];
  const detail = { opens, title };
  const open = () => {
    if (opens.at) playInRoom(...opens.at);
    else document.dispatchEvent(new CustomEvent("listening:open", { detail }));
  };
  const node = button("▶", open, "open", `${data.open}: ${title}`);
  node.title = data.open;
  return node;
}
