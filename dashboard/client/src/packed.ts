// The scene comes packed: JSON, deflated (zlib), as base64.

import type { Scene } from "./types";

export async function unpack(packed: string): Promise<Scene> {
  const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const scene = (await new Response(stream).json()) as Scene;
  for (const turn of scene.turns) turn.text ||= turn.words.map((word) => word[2]).join(" ");
  for (const list of Object.values(scene.lists))
    for (const card of list) card.gist ||= scene.turns.find((turn) => turn.i === card.turn)?.text ?? "";
  return scene;
}
