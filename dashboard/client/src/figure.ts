// A figure drawn by this program: SVG that holds no word of a session and no script.

import { fresh, make, scrolls } from "./dom";
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
  const scroll = make("div", "drawn");
  if (fine) scroll.append(document.importNode(drawn, true));
  if (matchMedia("(max-width: 700px)").matches) scrolls(scroll, data.title); // as its style sheet has it
  place.replaceChildren(make("strong", "", data.title), make("figcaption", "", data.said), scroll);
  explain(place, data.terms);
}
