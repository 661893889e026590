import assert from "node:assert/strict";
import { test } from "node:test";
import { placed, stands } from "../src/card";
import { lastBefore } from "../src/dom";
import { sample } from "../src/first";
import { arrow, told } from "../src/matrix";
import type { Cue, Range, Turn } from "../src/types";
import { clock, decimal, length, measured, number, say, speak } from "../src/words";

speak({
  as_usual: "about as usual",
  than_usual: "{word} than usual",
  clearly_than_usual: "clearly {word} than usual",
  more_than_usual: "higher",
  less_than_usual: "lower",
  points: "{n} points",
});

// The examples of prosody.render.wording.number: both write a number the same way.
test("numbers are written as the report writes them", () => {
  assert.deepEqual(
    [0.41444, 12.34, 231.7].map((n) => number(n)),
    ["0.41", "12.3", "232"],
  );
  assert.equal(number(-3, true), "−3");
  assert.equal(number(0.0034, true), "+0.003");
  assert.equal(number(-0.0001, true), "0");
});

test("a share is a percentage, its difference points", () => {
  const share = { unit: "", share: true };
  assert.equal(measured(0.412, share), "41%");
  assert.equal(measured(0.031, share, true), "+3 points");
  assert.equal(measured(-3.1, { unit: "dB", share: false }, true), "−3.10 dB");
  assert.equal(measured(-2.5, { unit: "dBFS", share: false }, true), "−2.50 dB");
  assert.equal(measured(4.25, { unit: "/min", share: false }), "4.25/min");
  assert.equal(measured(2.22, { unit: "z", share: false }), "z = 2.22");
});

test("numbers are written in the language of the page", () => {
  Object.assign(globalThis, { document: { documentElement: { lang: "de" } } });
  try {
    assert.equal(number(-0.4144, true), "−0,41");
    assert.equal(number(12345.6), "12346");
    assert.equal(decimal(4, 1), "4,0");
    assert.equal(measured(0.412, { unit: "", share: true }), "41\u00a0%");
    assert.equal(measured(12.34, { unit: "%", share: false }), "12,3\u00a0%");
    assert.equal(measured(-3.1, { unit: "dB", share: false }, true), "−3,10 dB");
  } finally {
    Reflect.deleteProperty(globalThis, "document");
  }
});

test("times are clocks", () => {
  assert.deepEqual([0, 61.9, 3661].map(clock), ["0:00", "1:01", "1:01:01"]);
  assert.deepEqual([0, 61.4, 186.9].map(length), ["0:00", "1:01", "3:07"]);
});

test("a sentence without a field leaves nothing behind", () => {
  assert.equal(say("than_usual", {}), " than usual");
});

const level: Cue = {
  label: "Level",
  family: "Voice",
  unit: "dB",
  share: false,
  higher: "louder",
  lower: "quieter",
  main: true,
};
const range: Range = [-30, -28, -26, -24, -22, 12];

test("where a value stands is said by the person's own range", () => {
  assert.equal(stands(-26, range, level), "about as usual");
  assert.equal(stands(-29, range, level), "quieter than usual");
  assert.equal(stands(-31, range, level), "clearly quieter than usual");
  assert.equal(stands(-20, range, level), "clearly louder than usual");
  assert.equal(stands(-23, range, { ...level, higher: "", lower: "" }), "higher");
});

test("a dot's place grows with its value and stays on its strip", () => {
  const at = [-60, -31, -26, -21, 0].map((value) => placed(value, range));
  assert.deepEqual(
    at,
    [...at].sort((a, b) => a - b),
  );
  assert.ok(at[0] === 0.02 && at[4] === 0.98 && Math.abs((at[2] as number) - 0.5) < 0.01);
  assert.equal(placed(1, [1, 1, 1, 1, 1, 9]) > 0, true);
});

test("a cell points where it stands, full where it stands out; zero is not what is not available", () => {
  assert.deepEqual(
    [
      { difference: 1, firm: true },
      { difference: -1, firm: true },
      { difference: 1, firm: false },
      { difference: 0, firm: true },
      { difference: null, firm: false },
    ].map(arrow),
    ["▲", "▼", "△", "0", "–"],
  );
});

test("a voice is introduced by its longest turn on the floor", () => {
  const turns = [
    { voice: "A", kind: "primary", s: 0, e: 4 },
    { voice: "A", kind: "primary", s: 9, e: 19 },
    { voice: "A", kind: "backchannel", s: 30, e: 60 },
    { voice: "B", kind: "primary", s: 60, e: 90 },
  ] as Turn[];
  assert.equal(sample(turns, "A")?.s, 9);
  assert.equal(sample(turns, "C"), undefined);
});

test("the last start that is not after a time is found", () => {
  const starts = [0, 2, 2, 5];
  assert.deepEqual(
    [-1, 0, 2, 4.9, 9].map((t) => lastBefore(starts, t, (x) => x)),
    [-1, 0, 2, 2, 3],
  );
});

test("a pair without a figure is shown as that among those of its row and column that have one", () => {
  const link = (cue: string, behaviour: string, difference: number | null) => ({
    cue,
    behaviour,
    difference,
    role: "client",
  });
  const links = [
    link("a", "x", 1),
    link("a", "y", null),
    link("b", "y", 2),
    link("b", "z", null),
    link("c", "x", null),
  ];
  assert.deepEqual(told(links), links.slice(0, 3));
  assert.deepEqual(told(links.slice(3)), []);
});
