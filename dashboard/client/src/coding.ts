// Coding, one turn of the therapist at a time: hear it, read it, say what it shows. What was said of
// a turn is told when it is left; nothing that anybody else said is here.

import { button, clamp, fresh, make, playInRoom, quote } from "./dom";
import { hint, hints } from "./hints";
import { clock } from "./words";

interface Unit {
  start_s: number;
  end_s: number;
  before: string;
  text: string;
  kinds: string[];
  seen: boolean;
}

interface Data {
  key: string;
  title: string;
  units: Unit[];
  groups: { group: string; kinds: [string, string, string][] }[];
  silent: boolean;
  say: Record<string, string>;
  before_s: number; // where "from before" begins
}

interface Component {
  data: Data | null;
  parentElement: ParentNode;
  setTriggerValue: (name: string, value: unknown) => void;
}

export default function coding({ data, parentElement, setTriggerValue }: Component): void {
  const box = parentElement.querySelector<HTMLElement>(".coding");
  if (!box || !data || !fresh(box, data.key)) return;
  const units = data.units.map((unit) => ({ ...unit, kinds: new Set(unit.kinds) }));
  let at = Math.max(
    0,
    units.findIndex((unit) => !unit.seen),
  );

  function leave(to: number): void {
    const unit = units[at];
    if (!unit) return;
    unit.seen = true;
    setTriggerValue("told", { do: "mark", unit: at, kinds: [...unit.kinds], number: `${Date.now()} ${at}` });
    at = clamp(to, 0, units.length - 1);
    draw();
    box?.querySelector<HTMLElement>("h4")?.focus();
  }

  function draw(): void {
    const unit = units[at];
    if (!unit) {
      box?.replaceChildren(make("p", "empty", data?.say.none));
      return;
    }
    const words = data?.say ?? {};
    const heading = make("h4", "", `${words.turn} ${at + 1} / ${units.length} · ${clock(unit.start_s)}`);
    heading.tabIndex = -1;
    const count = units.filter((one) => one.seen).length;
    const play = (from: number) => () => playInRoom(from, unit.end_s);
    const acts = make("div", "acts");
    acts.append(
      button(words.play ?? "", play(unit.start_s), "go"),
      button(words.play_before ?? "", play(Math.max(0, unit.start_s - (data?.before_s ?? 0)))),
    );
    const quotes = make("div", "quotes");
    if (unit.before) quotes.append(quote("client", words.client ?? "", unit.before));
    quotes.append(quote("therapist", words.therapist ?? "", unit.text || (words.no_words ?? "")));
    const steps = make("div", "acts");
    const back = button(words.back ?? "", () => leave(at - 1));
    back.disabled = at === 0;
    const last = at === units.length - 1;
    steps.append(
      back,
      button((last ? words.keep : words.next) ?? "", () => leave(at + 1), "go"),
    );
    box?.replaceChildren(
      heading,
      make("p", "hint", `${words.seen}: ${count} / ${units.length}`),
      ...(data?.silent ? [] : [acts]),
      quotes,
      choices(unit.kinds, data as Data),
      steps,
    );
    if (box) hints(box);
  }

  draw();
}

function choices(kinds: Set<string>, data: Data): HTMLElement {
  const all = make("div", "groups");
  for (const { group, kinds: rows } of data.groups) {
    const field = make("fieldset");
    field.append(make("legend", "", group));
    for (const [kind, name, meaning] of rows) {
      const label = make("label", "", "");
      const input = make("input");
      input.type = "checkbox";
      input.checked = kinds.has(kind);
      input.addEventListener("change", () => {
        if (input.checked) kinds.add(kind);
        else kinds.delete(kind);
      });
      hint(label, meaning, input);
      label.append(input, name);
      field.append(label);
    }
    all.append(field);
  }
  return all;
}
