// What stands beside the map: its legend, and which curves are drawn.

import { make } from "./dom";
import { badge, colourOfRole } from "./glyph";
import { hint, hints } from "./hints";
import { explain } from "./terms";
import type { State } from "./types";

export function menus(root: HTMLElement, s: State, draw: () => void): () => void {
  const $ = (selector: string) => root.querySelector(selector) as HTMLElement;

  function fillLegend(): void {
    const present = new Set(s.data?.lists.behaviours.map((c) => c.kind));
    const glyphs = Object.entries(s.data?.glyphs ?? {}).filter(([kind]) => present.has(kind));
    $(".glyphs").replaceChildren(
      ...glyphs.map(([, glyph]) => {
        const key = make("span");
        key.append(badge(glyph.shape, glyph.letter, colourOfRole("")), glyph.label);
        return key;
      }),
    );
  }

  function fillCurves(): void {
    const menu = $(".curves");
    const families = new Map<string, HTMLElement>();
    const names = s.data?.curves.map((curve) => curve.name) ?? [];
    s.curves = new Set([...s.curves].filter((name) => names.includes(name)));
    menu.replaceChildren();
    const terms = new Map(s.given?.terms);
    for (const curve of s.data?.curves ?? []) {
      let group = families.get(curve.family);
      if (!group) {
        group = make("fieldset");
        group.append(make("legend", "", curve.family));
        families.set(curve.family, group);
        menu.append(group);
      }
      const label = make("label", "check");
      const check = make("input");
      check.type = "checkbox";
      check.checked = s.curves.has(curve.name);
      check.addEventListener("change", () => {
        if (check.checked) s.curves.add(curve.name);
        else s.curves.delete(curve.name);
        draw();
      });
      label.append(check, ` ${curve.name}`);
      const said = terms.get(curve.name);
      if (said) hint(label, said, check);
      group.append(label);
    }
    hints(menu);
    $(".curve-menu").hidden = !names.length;
    explain($(".legend-box"), s.given?.terms ?? []);
    const lost = $(".map-lost");
    lost.textContent = s.data?.mapLost ?? "";
    lost.hidden = !lost.textContent;
  }

  return () => {
    fillLegend();
    fillCurves();
  };
}
