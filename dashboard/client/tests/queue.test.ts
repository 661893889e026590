import assert from "node:assert/strict";
import { test } from "node:test";
import { timed } from "../src/packed";
import { type Asked, again, closest } from "../src/queue";
import type { Turn } from "../src/types";

const turn = (i: number, s: number, e: number, text = "", voice = "A"): Turn => ({
  i,
  s,
  e,
  role: "client",
  voice,
  kind: "primary",
  by: "",
  text,
  words: [],
  speech: [],
});
const asked = (was: Turn | null, what: Record<string, unknown>): Asked => ({
  what,
  back: { t: 0 },
  was,
});

test("a correction that waited is told of its turn by the number that the turn has now", () => {
  const now = [turn(0, 0, 9), turn(1, 12, 15, "so")];
  const waited = asked(turn(4, 12, 15, "so"), { turn: 4, text: "and so" });
  assert.deepEqual(again(now, waited), { turn: 1, text: "and so" });
  assert.deepEqual(again(now, asked(null, { at: 3.5, is: "held_silence" })), { at: 3.5, is: "held_silence" });
});

test("a turn that was joined with another meanwhile is not guessed at", () => {
  const now = [turn(0, 0, 15, "both of them")];
  assert.equal(again(now, asked(turn(1, 12, 15, "them"), { turn: 1, voice: "B" })), null);
  assert.equal(closest(now, turn(1, 12, 15))?.i, 0);
  assert.equal(closest(now, turn(1, 20, 25)), null);
});

test("words are counted in a text: where that changed they are not the same words", () => {
  const was = turn(1, 12, 15, "one two three");
  const now = [turn(1, 12, 15, "one three", "B")];
  assert.equal(again(now, asked(was, { turn: 1, voice: "B", words: [2, 3] })), null);
  assert.deepEqual(again(now, asked(was, { turn: 1, is: "reflection" })), { turn: 1, is: "reflection" });
});

test("words are at their own times again, to the millisecond, over a long turn too", () => {
  const words = Array.from(
    { length: 500 },
    (_, i) => [i ? 7 : 0, 123, "a", 0] as [number, number, string, 0],
  );
  const found = timed(23.295, words);
  assert.deepEqual(found[0], [23.295, 23.418, "a", 0]);
  assert.deepEqual(found.at(-1)?.slice(0, 2), [(23295 + 499 * 130) / 1000, (23295 + 499 * 130 + 123) / 1000]);
  assert.deepEqual(timed(1, [[-50, 100, "early", 1]]), [[0.95, 1.05, "early", 1]]);
});
