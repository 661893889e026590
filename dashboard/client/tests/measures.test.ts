import assert from "node:assert/strict";
import { test } from "node:test";
import { isWhole, ruledOf } from "../src/measures";

test("times of the ruler have room for what is written at them, at any scale", () => {
  for (const pxPerSecond of [0.01, 0.1, 0.33, 1, 7, 50, 100])
    assert.ok(ruledOf(pxPerSecond) * pxPerSecond >= 72, `${pxPerSecond}`);
  assert.equal(ruledOf(100), 1);
  assert.ok(ruledOf(1) < ruledOf(0.1));
});

test("a view is whole although a sum was rounded, and not where anything is left out", () => {
  assert.ok(isWhole([0, 0.1 + 0.2], 0.3) && isWhole([0, 0.3], 0.1 + 0.2));
  assert.ok(!isWhole([0, 299.9], 300) && !isWhole([0.1, 300], 300));
});
