// The sound: one at a time over all pages of this browser that are open.

import { clamp } from "./dom";
import type { State } from "./types";
import { say } from "./words";

export interface Sound {
  close: () => void;
  faster: (step: number) => void;
  pause: () => void;
  play: (from: number, until?: number | null) => void;
  playing: () => boolean;
  seek: (t: number) => void;
  source: (address: string | null) => void;
  step: () => void;
  toggle: () => void;
}

export function sound(root: HTMLElement, s: State, moved: () => void, note: (text: string) => void): Sound {
  const audio = root.querySelector("audio") as HTMLAudioElement;
  const speed = root.querySelector('[data-do="speed"]') as HTMLSelectElement;
  const silence = root.querySelector(".mute") as HTMLElement;
  const others = new BroadcastChannel("listening.sound");
  let stopAt: number | null = null;
  others.onmessage = () => audio.pause();

  const allowed = () => Boolean(s.given?.audio);
  function start(): void {
    if (!allowed()) return;
    others.postMessage("playing");
    audio.play().catch((problem: DOMException) => {
      if (problem.name !== "AbortError") note(say("not_played")); // a pause soon after is no problem
    });
  }

  function seek(t: number): void {
    s.at = clamp(t, 0, s.data?.duration ?? 0);
    stopAt = null;
    if (allowed()) audio.currentTime = s.at;
    moved();
  }

  function play(from: number, until: number | null = null): void {
    seek(from);
    stopAt = until;
    start();
  }

  function toggle(): void {
    stopAt = null;
    if (audio.paused) start();
    else audio.pause();
  }

  function step(): void {
    if (allowed() && !Number.isNaN(audio.duration)) s.at = audio.currentTime;
    if (stopAt !== null && s.at >= stopAt) {
      audio.pause();
      stopAt = null;
    }
  }

  // Where there is none, the player says why in every part of the page.
  function source(address: string | null): void {
    silence.textContent = address ? "" : (s.given?.note ?? "");
    silence.hidden = Boolean(address);
    if (address && (audio.getAttribute("src") !== address || audio.error)) {
      const at = s.at;
      audio.src = address;
      if (at)
        audio.addEventListener(
          "loadedmetadata",
          () => {
            audio.currentTime = at;
          },
          { once: true },
        );
    }
    if (!address) empty();
  }

  // Without its address alone an element plays on what it has loaded.
  function empty(): void {
    if (!audio.hasAttribute("src")) return;
    audio.pause();
    audio.removeAttribute("src");
    audio.load();
  }

  function faster(by: number): void {
    speed.selectedIndex = clamp(speed.selectedIndex + by, 0, speed.options.length - 1);
    audio.playbackRate = Number(speed.value);
  }

  for (const name of ["play", "pause", "seeked", "timeupdate", "loadedmetadata", "ended"])
    audio.addEventListener(name, () => s.data && moved());
  audio.addEventListener("error", () => {
    if (allowed()) note(say("not_loaded"));
  });
  speed.addEventListener("change", () => faster(0));

  function close(): void {
    empty();
    others.close();
  }

  return {
    close,
    faster,
    pause: () => audio.pause(),
    play,
    playing: () => !audio.paused,
    seek,
    source,
    step,
    toggle,
  };
}
