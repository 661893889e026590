// Every colour against every ground it stands on (WCAG 2.2: 4.5 to 1 for words, 3 to 1 for what carries
// meaning), on a light and a dark page, and the two people told apart by whoever sees fewer colours.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { COLOURS, GREYS, INK } from "../src/glyph";

type Rgb = [number, number, number];

const style = (name: string) => readFileSync(new URL(`../../../static/${name}`, import.meta.url), "utf8");
const common = style("common.css");
// Text, page and cards, as the framework's two themes have them.
const PAGES = {
  light: { ink: "#2f2d2b", paper: "#ffffff", soft: "#f8f8f7" },
  dark: { ink: "#edebe8", paper: "#171614", soft: "#2d2b27" },
};

const rgb = (hex: string): Rgb => [1, 3, 5].map((i) => Number.parseInt(hex.slice(i, i + 2), 16)) as Rgb;
const linear = (c: Rgb): Rgb =>
  c.map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4)) as Rgb;
const over = (top: Rgb, share: number, under: Rgb): Rgb =>
  top.map((v, i) => v * share + (under[i] as number) * (1 - share)) as Rgb;

function light(c: Rgb): number {
  const [r, g, b] = linear(c);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one: Rgb, other: Rgb): number {
  const [low, high] = [light(one), light(other)].sort((a, b) => a - b) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

const mixed = (name: string) =>
  Number(common.match(new RegExp(`--${name}: [^;]*var\\(--ink\\) (\\d+)%`))?.[1]) / 100;
const people = [...Object.values(COLOURS), ...GREYS].map(rgb);

for (const [page, { ink: text, paper: ground, soft: card }] of Object.entries(PAGES)) {
  const [ink, paper, soft] = [rgb(text), rgb(ground), rgb(card)];
  const lane = over(ink, INK.lane, paper);
  const hush = over(ink, INK.hush, paper);

  test(`people stand out from every ground of a ${page} page, and a letter from them`, () => {
    for (const colour of people) {
      for (const under of [paper, lane, soft])
        assert.ok(contrast(colour, under) >= 3, `${colour} on ${under}`);
      assert.ok(contrast(rgb("#ffffff"), colour) >= 4.5, `a letter on ${colour}`);
    }
  });

  test(`what is drawn in ink stands out from a ${page} page`, () => {
    for (const under of [paper, lane]) {
      for (const word of [INK.word, INK.aside]) assert.ok(contrast(over(ink, word, under), under) >= 4.5);
      for (const mark of [INK.bar, INK.edge]) assert.ok(contrast(over(ink, mark, under), under) >= 3);
    }
    assert.ok(contrast(over(ink, INK.word, hush), hush) >= 4.5, "how long a silence is");
    // A line across bars has an edge of paper.
    for (const colour of people)
      assert.ok(contrast(ink, over(paper, INK.bar, colour)) >= 3, `across ${colour}`);
  });

  test(`faint words and the edges of fields stand out from a ${page} page and its cards`, () => {
    for (const under of [paper, soft]) {
      assert.ok(contrast(over(ink, mixed("faint"), paper), under) >= 4.5);
      assert.ok(contrast(over(ink, mixed("edge"), paper), under) >= 3);
    }
  });
}

test("the style sheet has the colours of the map, and no firm cell is mixed with the page", () => {
  for (const [who, colour] of Object.entries(COLOURS))
    assert.match(common, new RegExp(`--${who}: ${colour};`));
  const cells = [...style("room.css").matchAll(/\.cell\.firm\.(?:up|down) \{([^}]*)\}/g)].map(
    (found) => found[1],
  );
  assert.deepEqual(
    cells.map((rule) => rule?.trim()),
    ["background: var(--therapist);", "background: var(--client);"],
  );
});

// What people with a dichromacy see, in linear light: Machado, Oliveira & Fernandes (2009), severity 1.
const SEEN: Record<string, Rgb[]> = {
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

// CIE L*a*b* of linear light, white D65.
function lab([r, g, b]: Rgb): Rgb {
  const [x, y, z] = [
    (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505,
    0.2126 * r + 0.7152 * g + 0.0722 * b,
    (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089,
  ].map((v) => (v > 0.008856 ? Math.cbrt(v) : 7.787 * Math.max(0, v) + 16 / 116)) as Rgb;
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

test("therapist and client are told apart by whoever sees fewer colours", () => {
  const [therapist, client] = people.slice(0, 2).map(linear) as [Rgb, Rgb];
  for (const [name, rows] of Object.entries(SEEN)) {
    const seen = (c: Rgb) =>
      lab(rows.map((row) => row.reduce((sum, k, i) => sum + k * (c[i] as number), 0)) as Rgb);
    const apart = Math.hypot(...seen(therapist).map((v, i) => v - (seen(client)[i] as number)));
    assert.ok(apart > 25, `${name}: ${apart}`); // 2.3 is just noticeable
  }
});
