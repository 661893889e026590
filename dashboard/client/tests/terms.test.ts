import assert from "node:assert/strict";
import { test } from "node:test";
import { cut, type Terms } from "../src/terms";

const TERMS: Terms = [
  ["n", "how many"],
  ["st", "semitones"],
  ["95% CI", "interval"],
  ["H1–H2", "overtones"],
];

test("a term is cut out where it stands as a word of its own", () => {
  assert.deepEqual(cut("2.1 st, n = 12", TERMS, new Set()), ["2.1 ", "st", ", ", "n", " = 12"]);
  assert.deepEqual(cut("first question", TERMS, new Set()), ["first question"]);
  assert.deepEqual(cut("95% CI, n", TERMS, new Set()), ["", "95% CI", ", ", "n", ""]);
  assert.deepEqual(cut("H1–H2, first harmonic", TERMS, new Set()), ["", "H1–H2", ", first harmonic"]);
});

test("a term is explained once in a part of the page", () => {
  const met = new Set<string>();
  assert.equal(cut("n = 3", TERMS, met).length, 3);
  assert.deepEqual(cut("n = 4", TERMS, met), ["n = 4"]);
});

test("without terms a text stays whole", () => {
  assert.deepEqual(cut("n = 3", [], new Set()), ["n = 3"]);
});
