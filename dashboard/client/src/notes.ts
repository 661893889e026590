// Writing at a moment: what the player is at, what sort of note it is, and its words.

import type { Amend } from "./correcting";
import { make } from "./dom";
import type { Given, State } from "./types";
import { clock, say } from "./words";

export interface Notes {
  open: () => void;
  take: (given: Given) => void;
}

export function notes(root: HTMLElement, s: State, amend: Amend, pause: () => void): Notes {
  const form = root.querySelector(".noting") as HTMLFormElement;
  const sorts = form.querySelector(".sorts") as HTMLElement;
  const area = form.querySelector("textarea") as HTMLTextAreaElement;
  const opener = root.querySelector('[data-do="write"]') as HTMLButtonElement;
  let at = 0;

  function take(given: Given): void {
    const [first] = given.sorts;
    opener.hidden = !first;
    opener.textContent = say(given.bare ? "pin" : "write");
    form.setAttribute("aria-label", say(given.bare ? "pin" : "write"));
    root.classList.toggle("bare", given.bare);
    root.classList.toggle("listless", given.bare && !first);
    if (sorts.childElementCount === given.sorts.length) return;
    sorts.replaceChildren(...given.sorts.map(([key, name]) => choice(key, name, key === first?.[0])));
    sorts.hidden = given.sorts.length < 2;
  }

  function choice(key: string, name: string, chosen: boolean): HTMLLabelElement {
    const label = make("label");
    const input = make("input");
    input.type = "radio";
    input.name = "sort";
    input.value = key;
    input.checked = chosen;
    label.append(input, name);
    return label;
  }

  function open(): void {
    if (opener.hidden) return;
    pause();
    at = s.at;
    (form.querySelector(".where") as HTMLElement).textContent = say("note_at", { at: clock(at) });
    form.hidden = false;
    area.focus();
  }

  function away(): void {
    form.hidden = true;
    opener.focus();
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = area.value.trim();
    const sort = sorts.querySelector<HTMLInputElement>("input:checked")?.value;
    if (!text && !s.given?.bare) return;
    away();
    amend.signed(() => {
      amend.send("note", { at_s: at, sort, text, number: `${Date.now()} ${Math.random()}` });
      area.value = "";
    });
  });
  form.querySelector("button[type=button]")?.addEventListener("click", away);
  form.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key === "Escape") away();
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  return { open, take };
}
