// A figure drawn by this program: SVG that holds no word of a session and no script.

import { fresh, make } from "./dom";
import { explain, type Terms } from "./terms";

interface Component {
  data: { title: string; said: string; svg: string; terms: Terms } | null;
  parentElement: ParentNode;
}

export default function figure({ data, parentElement }: Component): void {
  const place = parentElement.querySelector("figure");
  if (!place || !data || !fresh(place, data)) return;
  const drawn = new DOMParser().parseFromString(data.svg, "image/svg+xml").documentElement;
  const fine = drawn.nodeName === "svg" && !drawn.querySelector("script, foreignObject, image, use, a");
  place.replaceChildren(
    make("strong", "", data.title),
    make("figcaption", "", data.said),
    ...(fine ? [document.importNode(drawn, true)] : []),
  );
  explain(place, data.terms);
}
