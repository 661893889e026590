import assert from "node:assert/strict";
import { test } from "node:test";
import { taken } from "../src/keys";

const on = (tagName: string, key: string, more: object = {}, pressed: object = {}) =>
  ({
    key,
    ctrlKey: false,
    metaKey: false,
    altKey: false,
    defaultPrevented: false,
    composedPath: () => [{ tagName, classList: { contains: () => false }, getAttribute: () => "", ...more }],
    ...pressed,
  }) as unknown as KeyboardEvent;

test("a key is never taken from somebody who types", () => {
  for (const tag of ["INPUT", "TEXTAREA", "SELECT"]) assert.equal(taken(on(tag, "n"), true), true);
  assert.equal(taken(on("DIV", "n", { isContentEditable: true }), false), true);
  assert.equal(taken(on("INPUT", "n", { type: "checkbox" }), false), false);
});

test("space presses the button that the keyboard came to, and plays where one was clicked", () => {
  assert.equal(taken(on("BUTTON", " "), false), true);
  assert.equal(taken(on("BUTTON", " "), true), false);
  assert.equal(taken(on("BUTTON", " ", { classList: { contains: () => true } }), false), false);
  assert.equal(taken(on("DIV", " "), false), false);
});

test("the browser's own shortcuts stay its own", () => {
  assert.equal(taken(on("DIV", "p", {}, { ctrlKey: true }), false), true);
  assert.equal(taken(on("DIV", "l", {}, { metaKey: true }), false), true);
});

test("arrows move inside what chooses with arrows", () => {
  assert.equal(taken(on("BUTTON", "ArrowLeft", { getAttribute: () => "tab" }), false), true);
  assert.equal(taken(on("CANVAS", "ArrowLeft", { getAttribute: () => "slider" }), false), false);
});
