// What is written on the page: sentences of the catalogue, times and numbers.

let sentences: Record<string, string> = {};

export function speak(given: Record<string, string>): void {
  sentences = given;
}

/** A sentence of the catalogue; `{name}` stands for a field. */
export function say(code: string, fields: Record<string, string | number> = {}): string {
  return (sentences[code] ?? code).replace(/\{(\w+)\}/g, (_, name) => String(fields[name] ?? ""));
}

/** A place in the session: the second it lies in. */
export function clock(seconds: number): string {
  const s = Math.max(0, Math.floor(seconds));
  const two = (n: number) => String(n).padStart(2, "0");
  const minutes = Math.floor(s / 60);
  if (minutes < 60) return `${minutes}:${two(s % 60)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(s % 60)}`;
}

const language = () => globalThis.document?.documentElement.lang || "en";

const forms = new Map<string, Intl.NumberFormat>();

/** How long something lasts, to the nearest second. */
export function length(seconds: number): string {
  return clock(Math.round(seconds));
}

/** A number with so many places, as the language of the page writes it. */
export function decimal(value: number, places: number): string {
  const name = `${language()} ${places}`;
  const form =
    forms.get(name) ??
    new Intl.NumberFormat(language(), {
      minimumFractionDigits: places,
      maximumFractionDigits: places,
      useGrouping: false,
    });
  forms.set(name, form); // kept: it is dear to make, and the map writes numbers while it moves
  return form.format(value).replace("-", "−");
}

/** About three figures, as prosody.render.wording.number writes them. */
export function number(value: number, signed = false): string {
  const size = Math.abs(value);
  if (size < 0.0005) return "0";
  const places = size >= 100 || Number.isInteger(value) ? 0 : size >= 10 ? 1 : size >= 0.01 ? 2 : 3;
  const text = decimal(value, places);
  return signed && value > 0 ? `+${text}` : text;
}

/** A number with the sign of a percentage, where the language puts it. */
function percent(text: string): string {
  return new Intl.NumberFormat(language(), { style: "percent" }).format(0).replace("0", text);
}

export interface Measured {
  unit: string;
  share: boolean;
}

/** A cue's value with its unit; a share as a percentage. */
export function measured(value: number, cue: Measured, signed = false): string {
  if (cue.share) {
    const points = 100 * value;
    if (!signed) return percent(number(Math.round(points)));
    const shown = Math.abs(points) >= 1 ? Math.round(points) : points;
    return say(Math.abs(shown) === 1 ? "one_point" : "points", { n: number(shown, true) });
  }
  const text = number(value, signed);
  const unit = signed && cue.unit === "dBFS" ? "dB" : cue.unit; // a difference has no full scale
  if (!unit || unit === "1" || unit === "0-100") return text;
  if (unit === "r" || unit === "z") return `${unit} = ${text}`;
  return unit === "%" ? percent(text) : unit.startsWith("/") ? text + unit : `${text} ${unit}`;
}
