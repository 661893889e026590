// A paragraph whose words of the field are explained.

import { fresh, make } from "./dom";
import { explain, type Terms } from "./terms";

interface Component {
  data: { text: string; terms: Terms } | null;
  parentElement: ParentNode;
}

export default function said({ data, parentElement }: Component): void {
  const place = parentElement.querySelector<HTMLElement>(".said");
  if (!place || !data || !fresh(place, data)) return;
  place.replaceChildren(make("p", "", data.text));
  explain(place, data.terms);
}
