import assert from "node:assert/strict";
import { test } from "node:test";
import { binOf, clusters, commonest, kept, limitsOf, shares, smoothed } from "../src/drawn";
import type { Card, Turn } from "../src/types";

const turn = (role: string, speech: [number, number][], kind = "primary"): Turn => ({
  i: 0,
  s: speech[0]?.[0] ?? 0,
  e: speech.at(-1)?.[1] ?? 0,
  role,
  voice: "A",
  kind,
  by: "",
  text: "",
  words: [],
  speech,
});
const card = (kind: string, start_s: number) => ({ kind, start_s }) as Card;

test("turns are drawn one by one while a second has room, and in bins of minutes else", () => {
  assert.equal(binOf(5), 0);
  assert.equal(binOf(1100 / 3300), 30);
  assert.ok(binOf(1100 / 20000) >= 120);
});

test("a bin's share is the speech in it over its length, its last bin's over what is left", () => {
  const found = shares([turn("therapist", [[10, 40]]), turn("client", [[0, 90]])], "therapist", 30, 75);
  assert.deepEqual(
    found.map((share) => Math.round(share * 100)),
    [67, 33, 0],
  );
  assert.equal(shares([turn("client", [[60, 75]])], "client", 30, 75)[2], 1);
});

test("shares add up to the speech", () => {
  for (let seed = 1; seed < 40; seed++) {
    const spans: [number, number][] = [];
    for (let t = seed % 7; t < 500; t += 11 + (seed % 5)) spans.push([t, t + 3 + (seed % 4)]);
    const bin = [15, 30, 60][seed % 3] as number;
    const total = shares([turn("client", spans)], "client", bin, 600).reduce(
      (sum, share) => sum + share * bin,
      0,
    );
    const spoken = spans.reduce((sum, [a, b]) => sum + b - a, 0);
    assert.ok(Math.abs(total - spoken) < 1e-6);
  }
});

test("marks that would cover one another are counted together, and none is lost", () => {
  const cards = [1, 2, 3, 30, 60, 61].map((t) => card("reflection", t));
  const found = clusters(cards, (t) => t * 5, 19);
  assert.deepEqual(
    found.map((cluster) => cluster.cards.length),
    [3, 1, 2],
  );
  assert.equal(clusters(cards, (t) => t * 50, 19).length, 6);
});

test("a cluster bears the mark of its commonest kind", () => {
  assert.equal(commonest([card("a", 0), card("b", 1), card("b", 2)]), "b");
});

test("a smoothed curve keeps its mean, and a gap stays a gap", () => {
  const values = Array.from({ length: 400 }, (_, i) => (i < 200 ? 100 + (i % 2) : null));
  const points = smoothed(values, 0.25, 0.125, 0, 100, 50, 0.25);
  assert.equal(points.length, 50);
  assert.ok(points.slice(0, 24).every((value) => value !== null && Math.abs(value - 100.5) < 0.26));
  assert.ok(points.slice(26).every((value) => value === null));
});

test("zoomed in, a curve is resampled and not the picture of the whole session", () => {
  const values = Array.from({ length: 4000 }, (_, i) => Math.sin(i / 8));
  const near = smoothed(values, 0.25, 0, 100, 130, 120, 0.25).filter((v): v is number => v !== null);
  assert.ok(Math.max(...near) > 0.9 && Math.min(...near) < -0.9);
});

test("a flat curve has room above and below", () => {
  assert.deepEqual(limitsOf([[5, 5, null]]), [4.5, 5.5]);
});

test("a turn that says what it said is the same one, under its number of now", () => {
  const [one, two, three] = [turn("client", [[0, 5]]), turn("therapist", [[6, 7]]), turn("client", [[8, 9]])];
  const later = [{ ...one }, { ...two, role: "client" }, { ...three, i: 7 }];
  const found = kept([one, two, three], later);
  assert.deepEqual([found[0] === one, found[1] === two, found[2] === three], [true, false, true]);
  assert.equal(three.i, 7);
  assert.deepEqual(found, later);
});
