// What the server sends (dashboard/view/scene.py makes it) and what the room keeps of itself.
// Times are seconds of the recording throughout.

import type { Terms } from "./terms";

/** Start, end, text, doubt: 0 none, 1 whose word it is, 2 what was heard. */
export type Word = [number, number, string, 0 | 1 | 2];

export interface Turn {
  i: number;
  s: number;
  e: number;
  role: string;
  voice: string;
  kind: string;
  by: string;
  text: string;
  words: Word[];
  speech: [number, number][];
}

/** One place to listen to. `turn` and the turns of `quotes` are numbers of turns. */
export interface Card {
  kind: string;
  title: string;
  label: string;
  gist: string;
  role: string;
  start_s: number;
  end_s: number;
  play_s: number;
  stop_s: number | null;
  lead_s: number;
  tail_s: number;
  quotes: [string, number][];
  evidence: string;
  doubt: string;
  values: Record<string, number>;
  outcome: [string, string][];
  turn: number | null;
  by: string;
}

export interface Cue {
  label: string;
  family: string;
  unit: string;
  share: boolean;
  higher: string;
  lower: string;
  main: boolean;
}

/** The middle of a person's own values of a cue: 10th, 25th, 50th, 75th, 90th percentile, and how many. */
export type Range = [number, number, number, number, number, number];

/** What a number of a table rests on: a cue of a role, a kind of behaviour, or a stretch to play. */
export interface Opens {
  cue?: string;
  role?: string;
  places?: "turns" | "backchannels" | "silences" | "overlaps";
  kinds?: string[];
  /** Whose behaviours of these kinds; everybody's where nothing is said. */
  whose?: string;
  at?: [number, number];
  /** What is opened, where the first cell of its row does not say it. */
  title?: string;
}

export interface Curve {
  name: string;
  family: string;
  up: string;
  unit: string;
  /** Seconds from one value to the next, and of the first value's middle. */
  step: number;
  first: number;
  lines: { role: string; values: (number | null)[] }[];
}

export interface Link {
  behaviour: string;
  cue: string;
  role: string;
  n: number;
  others: number | null;
  difference: number | null;
  low: number | null;
  high: number | null;
  effect: number | null;
  firm: boolean;
  /** One of the few pairs that were fixed beforehand, and why; all others are exploratory. */
  asked: boolean;
  because: string;
  why: string;
  said: string;
}

export interface Silence {
  s: number;
  e: number;
  after: string;
  said: string;
}

export interface Kinds {
  group: string;
  kinds: [string, string][];
}

export type ListName = "moments" | "agenda" | "behaviours" | "silences" | "overlaps" | "notes";

/** What a person wrote at a moment; `n` is its number, `mine` whether the viewer wrote it. */
export interface Note extends Card {
  n: number;
  mine: boolean;
}

export interface Scene {
  duration: number;
  lanes: { role: string; name: string }[];
  phases: { s: number; e: number; name: string }[];
  turns: Turn[];
  overlaps: [number, number][];
  silences: Silence[];
  curves: Curve[];
  cues: Record<string, Cue>;
  ranges: Record<string, Record<string, Range>>;
  glyphs: Record<string, { letter: string; shape: number; label: string }>;
  lists: Record<ListName, Card[]>;
  empty: Record<ListName, string>;
  links: Link[];
  linksEmpty: string;
  linksNone: string; // why none of them has a figure, if so
  first: number[];
  readingKinds: string[];
  voices: { voice: string; name: string; role: string }[];
  unknown: boolean;
  kinds: Record<string, Kinds[]>;
  /** What a place of this kind may be called that it was not, and what the button says. */
  calls: Record<string, { kind: string; say: string }[]>;
  wordless: string;
  caution: string;
  mapLost: string;
}

export interface Answer {
  number: string;
  text: string;
}

/** What the component gets at each run of the page; the scene itself is packed. */
export interface Given {
  stamp: string;
  session: string;
  packed: string;
  say: Record<string, string>;
  audio: string | null;
  note: string;
  readings: Record<string, string> | null;
  answer: Answer | null;
  cautions: string[];
  section: string;
  sections: [string, string][];
  /** What was written at moments, and what can be: a sort and its name; none where nothing can. */
  notes: Note[];
  sorts: [string, string][];
  /** Without anything that the program found: for whoever listens first. */
  bare: boolean;
  /** Who looks, as the page knows it; empty as long as nobody said. */
  code: string;
  terms: Terms;
  /** How far a key moves, and with Shift. */
  step_s: number;
  leap_s: number;
}

export type Tell = (what: Record<string, unknown>) => void;

export interface State {
  data: Scene | null;
  given: Given | null;
  at: number;
  view: [number, number];
  tab: ListName;
  kind: string;
  chosen: Card | null;
  curves: Set<string>;
  live: Set<Turn>;
  picked: Turn | null;
  fixing: Turn | null;
  hits: number[];
  ink: string;
  paper: string;
  tell: Tell;
}
