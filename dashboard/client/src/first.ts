// What the room opens with: which voice is the therapist where nobody could tell, and the few
// places to listen to first.

import { quoted } from "./card";
import type { Amend } from "./correcting";
import { button, make } from "./dom";
import { explain } from "./terms";
import type { Card, State, Turn } from "./types";
import { clock, say } from "./words";

interface Hands {
  play: (from: number, until?: number | null) => void;
  choose: (c: Card) => void;
  amend: Amend;
}

const SAMPLE_S = 12;
const ASKED_AND_ANSWERED = 2; // the client's words and the therapist's answer

export function first(root: HTMLElement, s: State, hands: Hands): () => void {
  const ask = root.querySelector(".voices") as HTMLElement;
  const box = root.querySelector(".first") as HTMLElement;

  function fill(): void {
    fillVoices();
    fillCards();
  }

  function fillVoices(): void {
    ask.hidden = !s.data?.unknown;
    if (!s.data || ask.hidden) return;
    const row = make("div", "who");
    for (const { voice } of s.data.voices) {
      const item = make("div", "one");
      const longest = sample(s.data.turns, voice);
      const hear = button(
        `▶ ${say("hear_voice", { voice })}`,
        () => longest && hands.play(longest.s, Math.min(longest.e, longest.s + SAMPLE_S)),
      );
      hear.disabled = !longest || !s.given?.audio;
      item.append(
        hear,
        button(say("is_therapist", { voice }), () => decide(voice), "go"),
      );
      row.append(item);
    }
    ask.replaceChildren(make("h3", "", say("which_voice")), make("p", "hint", say("which_voice_said")), row);
  }

  function decide(voice: string): void {
    const others = (s.data?.voices ?? []).filter((v) => v.voice !== voice);
    const roles = [
      `${voice}=therapist`,
      ...others.map((v) => `${v.voice}=${others.length === 1 ? "client" : "other"}`),
    ];
    hands.amend.ask({ roles }, { t: 0 });
  }

  function fillCards(): void {
    const cards = (s.data?.first ?? [])
      .map((i) => s.data?.lists.moments[i])
      .filter((c): c is Card => Boolean(c));
    const list = make("ol", "picks");
    list.append(...cards.map(pick));
    const heading = make("h3", "", say("listen_first"));
    box.replaceChildren(heading, cards.length ? list : make("p", "empty", s.data?.empty.moments ?? ""));
    box.hidden = !s.data?.turns.length;
    explain(box, s.given?.terms ?? []);
  }

  function pick(c: Card): HTMLLIElement {
    const item = make("li", "pickcard");
    const before = Math.round(c.start_s - c.play_s);
    const sounds = Boolean(s.given?.audio);
    const go = button(
      "",
      () => hands.choose(c),
      "go",
      say(sounds ? "play_named" : "show_named", { title: c.title, at: clock(c.start_s) }),
    );
    if (sounds) go.append(make("span", "tri", "▶"));
    go.append(make("span", "", clock(c.start_s)));
    const head = make("div", "head");
    head.append(go);
    if (sounds && before >= 1) head.append(make("span", "hint", say("starts_before", { n: before })));
    item.append(head, ...quoted(c, s, ASKED_AND_ANSWERED), make("p", "why", c.evidence));
    return item;
  }

  return fill;
}

/** The longest stretch in which one voice holds the floor. */
export function sample(turns: readonly Turn[], voice: string): Turn | undefined {
  const own = turns.filter((turn) => turn.voice === voice && turn.kind === "primary");
  return own.sort((a, b) => b.e - b.s - (a.e - a.s))[0];
}
