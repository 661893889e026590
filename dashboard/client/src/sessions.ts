// The sessions of the library as a table; a session that can be opened is a link.

import { fresh, heads, make, scrolls } from "./dom";

interface Session {
  id: string;
  closed: string;
  cells: string[];
}

interface Component {
  data: { title: string; heads: string[]; sessions: Session[] } | null;
  parentElement: ParentNode;
  setTriggerValue: (name: string, value: unknown) => void;
}

export default function sessions({ data, parentElement, setTriggerValue }: Component): void {
  const grid = parentElement.querySelector<HTMLElement>(".grid");
  if (!grid || !data || !fresh(grid, data)) return;
  const table = make("table");
  const body = make("tbody");
  for (const session of data.sessions) body.append(line(session, setTriggerValue));
  table.append(make("caption", "sr", data.title), heads(data.heads), body);
  scrolls(grid, data.title);
  grid.replaceChildren(table);
}

function line(session: Session, tell: Component["setTriggerValue"]): HTMLTableRowElement {
  const row = make("tr", session.closed ? "first faint" : "first");
  const name = make("th");
  name.scope = "row";
  if (session.closed) name.textContent = session.id;
  else name.append(link(session.id, tell));
  row.append(name, ...session.cells.map((text) => make("td", "", text)));
  return row;
}

// A plain click stays within the page; any other opens the address as every link does.
function link(id: string, tell: Component["setTriggerValue"]): HTMLAnchorElement {
  const node = make("a", "", id);
  node.href = `/session?id=${encodeURIComponent(id)}`;
  node.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    tell("opened", id);
  });
  return node;
}
