// A table of text. Cells are written with textContent, never parsed.
export default function ({ data, parentElement }) {
  const grid = parentElement.querySelector(".grid");
  if (!grid || !data) return;
  const make = (tag, name, text) => {
    const node = document.createElement(tag);
    if (name) node.className = name;
    if (text !== undefined) node.textContent = text;
    return node;
  };
  const number = (column) => (column >= data.numbers_from ? "number" : "");
  const table = make("table"), head = make("thead"), body = make("tbody"), heads = make("tr");
  table.append(make("caption", "", data.title), head, body);
  data.heads.forEach((text, column) => {
    const cell = make("th", number(column), text);
    cell.scope = "col";
    heads.append(cell);
  });
  head.append(heads);
  for (const line of data.lines) {
    const row = make("tr", line.faint ? "first faint" : "first");
    line.cells.forEach((text, column) => {
      const cell = make(column ? "td" : "th", number(column), text);
      if (!column) cell.scope = "row";
      row.append(cell);
    });
    body.append(row);
    if (line.meaning) {
      const why = make("tr", "why"), cell = make("td", "", line.meaning);
      cell.colSpan = data.heads.length;
      why.append(cell);
      body.append(why);
    }
  }
  grid.replaceChildren(data.lines.length ? table : make("p", "empty", data.empty));
  if (data.note) grid.append(make("p", "empty", data.note));
}
