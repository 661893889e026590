// A paragraph whose words of the field are explained.

import { make } from "./dom";
import { explain, type Terms } from "./terms";

interface Component {
  data: { text: string; terms: Terms } | null;
  parentElement: ParentNode;
}

const shown = new WeakMap<Element, string>();

export default function said({ data, parentElement }: Component): void {
  const place = parentElement.querySelector<HTMLElement>(".said");
  if (!place || !data || shown.get(place) === data.text) return;
  shown.set(place, data.text);
  place.replaceChildren(make("p", "", data.text));
  explain(place, data.terms);
}
