// One kind out of all, by group, with a button that takes it.

import { button, make } from "./dom";
import type { Kinds } from "./types";
import { say } from "./words";

export function choice(
  title: string,
  verb: string,
  groups: Kinds[],
  without: string[],
  then: (kind: string) => void,
): HTMLElement {
  const label = make("label", "pick", title);
  const select = make("select");
  const go = button(verb, () => then(select.value));
  select.append(new Option(say("choose"), ""));
  for (const { group, kinds } of groups) {
    const box = make("optgroup");
    box.label = group;
    box.append(
      ...kinds.filter(([kind]) => !without.includes(kind)).map(([kind, name]) => new Option(name, kind)),
    );
    if (box.childElementCount) select.append(box);
  }
  go.disabled = true;
  select.addEventListener("change", () => {
    go.disabled = !select.value;
  });
  label.append(select);
  const both = make("span", "pick");
  both.append(label, go);
  return both;
}
