// A figure drawn by this program: SVG that holds no word of a session and no script.

import { make } from "./dom";
import { explain, type Terms } from "./terms";

interface Component {
  data: { title: string; said: string; svg: string; terms: Terms } | null;
  parentElement: ParentNode;
}

const shown = new WeakMap<Element, string>();

export default function figure({ data, parentElement }: Component): void {
  const place = parentElement.querySelector("figure");
  if (!place || !data) return;
  const now = JSON.stringify(data);
  if (shown.get(place) === now) return; // whoever is in it with the keyboard stays there
  shown.set(place, now);
  const drawn = new DOMParser().parseFromString(data.svg, "image/svg+xml").documentElement;
  const fine = drawn.nodeName === "svg" && !drawn.querySelector("script, foreignObject, image, use, a");
  place.replaceChildren(
    make("strong", "", data.title),
    make("figcaption", "", data.said),
    ...(fine ? [document.importNode(drawn, true)] : []),
  );
  explain(place, data.terms);
}
