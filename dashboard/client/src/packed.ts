// The scene comes packed: JSON, deflated (zlib), as base64.

import type { Scene, Word } from "./types";

/** Words as they are sent, from where the one before ended and for how long (ms): their times in seconds. */
export function timed(start: number, words: readonly Word[]): Word[] {
  let at = Math.round(start * 1000);
  return words.map(([gap, length, text, doubt]) => {
    const from = at + gap;
    at = from + length;
    return [from / 1000, at / 1000, text, doubt];
  });
}

export async function unpack(packed: string): Promise<Scene> {
  const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const scene = (await new Response(stream).json()) as Scene;
  for (const turn of scene.turns) turn.words = timed(turn.s, turn.words);
  for (const turn of scene.turns) turn.text ||= turn.words.map((word) => word[2]).join(" ");
  for (const list of Object.values(scene.lists))
    for (const card of list) card.gist ||= scene.turns.find((turn) => turn.i === card.turn)?.text ?? "";
  return scene;
}
