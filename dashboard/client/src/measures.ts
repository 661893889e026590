// Measures of the map and of what is drawn in it: pixels, or the unit that a name ends on.

/** Beside the drawing: names on its left, a margin on its right. */
export const ASIDE = { gutter: 104, right: 8 };

/** How tall the overview of the session is, above the map. */
export const OVERVIEW = 26;

/** How tall its parts are: the ruler, a row of marks, a lane, the gap below it, a curve, and a tick of a lane. */
export const TALL = [34, 22, 30, 6, 58, 5] as const;

/** Of a mark: half of it with the line around it; what it has to itself among turns, and among minutes. */
export const MARK = { half: 8, alone: 19, crowded: 30 };

/** What is narrower is drawn as wide as this: the map beside its gutter, turns, overlaps, silences. */
export const LEAST = { map: 60, turn: 1, overlap: 2, silence: 3 };

/** What is as wide as this shows more: an overlap its hatching, a silence its seconds. */
export const WIDE = { hatched: 4, labelled: 40 };

/** What the pointer may miss by. */
export const NEAR = 3;

const RULED = 74; // between two times of the ruler, at least
const RULED_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600];
const LONGEST_RULED_S = 7200;

/** Seconds between two times of the ruler, where a second has `px` pixels. */
export const ruledOf = (pxPerSecond: number): number =>
  RULED_S.find((seconds) => seconds * pxPerSecond >= RULED) ?? LONGEST_RULED_S;

const ROUNDED_S = 1e-6; // a view may be as much shorter than the session it shows

/** Whether a view is of a whole session. */
export const isWhole = ([from, to]: [number, number], duration: number): boolean =>
  to - from >= duration - ROUNDED_S;
