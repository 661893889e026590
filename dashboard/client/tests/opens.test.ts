import assert from "node:assert/strict";
import { test } from "node:test";
import { behind } from "../src/opens";
import type { Card, Scene, State, Turn } from "../src/types";

const turn = (i: number, kind: string, role: string): Turn =>
  ({ i, s: i, e: i + 1, role, voice: "A", kind, by: "", text: "", words: [], speech: [] }) as Turn;
const card = (kind: string, role: string, values = {}): Card =>
  ({ kind, role, values, turn: null, title: "" }) as unknown as Card;

const lists = {
  behaviours: [card("reflection", "therapist", { "voice.level": -30 })],
  silences: [card("silence", "client")],
  overlaps: [card("overlap", "client"), card("overlap", "therapist")],
};
const turns = [
  turn(0, "primary", "therapist"),
  turn(1, "backchannel", "therapist"),
  turn(2, "primary", "client"),
];
const s = { data: { lists, turns, cues: {} } as unknown as Scene } as State;
const heard = (what: Parameters<typeof behind>[0]) => behind(what, s).map((c) => [c.kind, c.role, c.turn]);

test("a number rests on the places that its row names, whatever it is called", () => {
  const cue = "talk.anything";
  assert.deepEqual(heard({ cue, role: "client", places: "silences" }), [["silence", "client", null]]);
  assert.deepEqual(heard({ cue, role: "client", places: "overlaps" }), [["overlap", "client", null]]);
  assert.equal(heard({ cue, role: "both", places: "overlaps" }).length, 2);
  assert.deepEqual(heard({ cue, role: "therapist", places: "backchannels" }), [["turn", "therapist", 1]]);
  assert.deepEqual(heard({ cue: "turns.silence", role: "client", places: "turns" }), [["turn", "client", 2]]);
});

test("a behaviour is where it was found, and a value of turns where events carry it", () => {
  assert.deepEqual(heard({ kinds: ["reflection"] }), [["reflection", "therapist", null]]);
  assert.deepEqual(heard({ kinds: ["advice"] }), []);
  assert.deepEqual(heard({ kinds: ["advice", "reflection"], whose: "therapist" }).length, 1);
  assert.deepEqual(heard({ kinds: ["reflection"], whose: "client" }), []);
  assert.deepEqual(heard({ cue: "voice.level", role: "therapist", places: "turns" }), [
    ["reflection", "therapist", null],
  ]);
});

test("what a behaviour was compared in is heard from the greatest value to the least", () => {
  const behaviours = [-30, -20, -25].map((level) =>
    card("reflection", "therapist", { "voice.level": level }),
  );
  behaviours.push(card("advice", "therapist", { "voice.level": -10 }), card("reflection", "therapist"));
  const one = { data: { lists: { ...lists, behaviours }, turns, cues: {} } } as unknown as State;
  const levels = behind({ kinds: ["reflection"], cue: "voice.level" }, one).map(
    (c) => c.values["voice.level"],
  );
  assert.deepEqual(levels, [-20, -25, -30]);
  assert.equal(behind({ kinds: ["reflection"], cue: "client.words" }, one).length, 4);
});
