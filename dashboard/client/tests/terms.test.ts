import assert from "node:assert/strict";
import { test } from "node:test";
import { cut, type Terms } from "../src/terms";

const TERMS: Terms = [
  ["n", "how many"],
  ["r", "correlation"],
  ["st", "semitones"],
  ["95% CI", "interval"],
  ["95% CI, n", "interval and how many"],
  ["H1–H2", "overtones"],
  ["Median", "the middle"],
  ["SD", "spread"],
];
const cutting = (text: string) => cut(text, TERMS, new Set());

test("a term is cut out where it stands as a word of its own", () => {
  assert.deepEqual(cutting("2.1 st, n = 12"), ["2.1 ", "st", ", ", "n", " = 12"]);
  assert.deepEqual(cutting("first question"), ["first question"]);
  assert.deepEqual(cutting("95% CI of it"), ["", "95% CI", " of it"]);
  assert.deepEqual(cutting("H1–H2, first harmonic"), ["", "H1–H2", ", first harmonic"]);
  assert.deepEqual(cutting("st.wav, st-1"), ["st.wav, st-1"]);
});

test("a longer term is not cut into shorter ones", () => {
  assert.deepEqual(cutting("95% CI, n"), ["", "95% CI, n", ""]);
});

test("a term with letters of a word stands at the beginning of a sentence and within it", () => {
  assert.deepEqual(cutting("own median"), ["own ", "median", ""]);
  assert.deepEqual(cutting("Median with it"), ["", "Median", " with it"]);
  assert.deepEqual(cutting("sd is no sign"), ["sd is no sign"]);
});

test("a letter is a term only as a sign", () => {
  assert.deepEqual(cutting("n"), ["", "n", ""]);
  assert.deepEqual(cutting("−0.36 r"), ["−0.36 ", "r", ""]);
  assert.deepEqual(cutting("r = 0.4"), ["", "r", " = 0.4"]);
  for (const text of ["set by r on Monday", "r and n", "takes up: n", "rock n roll"])
    assert.deepEqual(cutting(text), [text]);
});

test("nothing within people's own words is a term", () => {
  for (const text of ["Evidence: “12 n = st”", "“n”", "“a median, never closed"])
    assert.deepEqual(cutting(text), [text]);
  assert.deepEqual(cutting("“n = 1” and n = 2"), ["“n = 1” and ", "n", " = 2"]);
});

test("a term is explained once in a part of the page, however it is written", () => {
  const met = new Set<string>();
  assert.equal(cut("n = 3, median", TERMS, met).length, 5);
  assert.deepEqual(cut("n = 4, Median", TERMS, met), ["n = 4, Median"]);
});

test("without terms a text stays whole", () => {
  assert.deepEqual(cut("n = 3", [], new Set()), ["n = 3"]);
});
