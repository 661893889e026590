// Colours of people, and the shapes of behaviours: one a group, with a letter a kind.

// Dark enough for a white letter on them, light enough to stand out from a dark page.
export const COLOURS: Record<string, string> = { therapist: "#0079bd", client: "#aa6400" };
export const GREYS = ["#6f7680", "#7d7187"];

/** How much of the page's own ink a mark of the map has: words, edges and bars that mean something, and what only adorns. */
export const INK = { word: 0.9, aside: 0.75, bar: 0.8, edge: 0.6, hush: 0.16, line: 0.1, lane: 0.05 };

/** The outline of a group's shape around a place: disc, square, diamond, hexagon, triangle, bar, octagon. */
export function outline(pen: CanvasRenderingContext2D, shape: number, x: number, y: number, r: number): void {
  const polygon = (n: number, turn: number, size = r) => {
    for (let k = 0; k < n; k++) {
      const angle = turn + (k * 2 * Math.PI) / n;
      const at: [number, number] = [x + size * Math.cos(angle), y + size * Math.sin(angle)];
      if (k) pen.lineTo(...at);
      else pen.moveTo(...at);
    }
    pen.closePath();
  };
  if (shape === 0) pen.arc(x, y, r, 0, 2 * Math.PI);
  else if (shape === 1) pen.roundRect(x - r + 0.5, y - r + 0.5, 2 * r - 1, 2 * r - 1, 2.5);
  else if (shape === 2) polygon(4, -Math.PI / 2, r * 1.2);
  else if (shape === 3) polygon(6, 0, r * 1.08);
  else if (shape === 4) polygon(3, -Math.PI / 2, r * 1.35);
  else if (shape === 5) pen.rect(x - r, y - r * 0.72, 2 * r, r * 1.44);
  else polygon(8, Math.PI / 8, r * 1.06);
}

/** A pattern of slanting lines in a colour, some pixels apart. */
export function hatched(
  pen: CanvasRenderingContext2D,
  colour: string,
  gap: number,
  lean: number,
): CanvasPattern | null {
  const scale = window.devicePixelRatio || 1;
  const tile = document.createElement("canvas");
  const n = Math.round(gap * scale);
  tile.width = tile.height = n;
  const brush = tile.getContext("2d") as CanvasRenderingContext2D;
  brush.strokeStyle = colour;
  brush.lineWidth = 1.5 * scale;
  brush.beginPath();
  for (const shift of [-n, 0, n]) {
    brush.moveTo(shift, lean > 0 ? n : 0);
    brush.lineTo(shift + n, lean > 0 ? 0 : n);
  }
  brush.stroke();
  const pattern = pen.createPattern(tile, "repeat");
  pattern?.setTransform(new DOMMatrix().scale(1 / scale));
  return pattern;
}

/** A line through values, each at its place; a gap where there is none. */
export function traced(
  pen: CanvasRenderingContext2D,
  values: readonly (number | null)[],
  x: (k: number) => number,
  y: (value: number) => number,
): void {
  pen.beginPath();
  let down = false;
  for (const [k, value] of values.entries()) {
    if (value !== null) {
      if (down) pen.lineTo(x(k), y(value));
      else pen.moveTo(x(k) - 0.75, y(value));
      if (!down) pen.lineTo(x(k) + 0.75, y(value));
    }
    down = value !== null;
  }
  pen.stroke();
}

/** A text in at most three lines that are no wider than so many pixels. */
export function wrapped(pen: CanvasRenderingContext2D, text: string, width: number): string[] {
  const rows: string[] = [];
  for (const word of text.split(" ")) {
    const longer = rows.length ? `${rows.at(-1)} ${word}` : word;
    if (rows.length && pen.measureText(longer).width <= width) rows[rows.length - 1] = longer;
    else rows.push(word);
  }
  return rows.slice(0, 3);
}

/** The same shape as a small picture in the page's text. */
export function badge(shape: number, letter: string, colour: string): HTMLCanvasElement {
  const scale = 2;
  const node = document.createElement("canvas");
  node.width = node.height = 20 * scale;
  node.className = "badge";
  node.setAttribute("aria-hidden", "true");
  const pen = node.getContext("2d") as CanvasRenderingContext2D;
  pen.scale(scale, scale);
  pen.fillStyle = colour;
  pen.beginPath();
  outline(pen, shape, 10, 10, 7.5);
  pen.fill();
  pen.fillStyle = "#fff";
  pen.font = "700 9.5px system-ui, sans-serif";
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillText(letter, 10, 10.5);
  return node;
}

export const colourOfRole = (role: string): string => COLOURS[role] ?? (GREYS[0] as string);
