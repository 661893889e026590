// Keys work everywhere on the page, whatever was clicked last, but never while somebody types.

const TYPING = /^(INPUT|TEXTAREA|SELECT|OPTION)$/;
const CHOOSING = /^(tab|listbox|option|combobox|menuitem|slider|radio)$/;
const PRESSED = /^(BUTTON|SUMMARY|A|INPUT)$/;

/** Asked of whatever lies over the page before Escape means anything else; who goes away prevents it. */
export const DISMISS = "listening:dismiss";

const LETTERS = "listening.letters"; // a choice of this browser, of every session

export type Keys = Record<string, (event: KeyboardEvent) => void>;

/** Whether a key belongs to what has the keyboard and not to the room. */
export function taken(event: KeyboardEvent, pointed: boolean): boolean {
  const target = event.composedPath()[0] as HTMLElement;
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return true;
  if (target.isContentEditable) return true;
  if (TYPING.test(target.tagName) && (target as HTMLInputElement).type !== "checkbox") return true;
  const role = target.getAttribute?.("role") ?? "";
  if (event.key.startsWith("Arrow") && target.dataset?.arrows) return true;
  if (event.key.startsWith("Arrow") && CHOOSING.test(role) && target.tagName !== "CANVAS") return true;
  // A button that the keyboard came to is pressed by space; one that was clicked is not.
  return event.key === " " && !pointed && PRESSED.test(target.tagName) && !target.classList.contains("row");
}

/** Listens until the function it gives is called; whoever speaks to the machine can switch letters off. */
export function listenTo(root: HTMLElement, keys: Keys): () => void {
  const letters = root.querySelector('[data-do="letters"]') as HTMLInputElement;
  letters.checked = localStorage.getItem(LETTERS) !== "off";
  letters.addEventListener("change", () => localStorage.setItem(LETTERS, letters.checked ? "on" : "off"));
  let pointed = false;
  const pointing = () => {
    pointed = true;
  };
  const heard = (event: KeyboardEvent) => {
    if (event.key === "Tab") pointed = false;
    const over = event.key === "Escape" && new CustomEvent(DISMISS, { cancelable: true });
    if (over && !document.dispatchEvent(over)) {
      event.stopImmediatePropagation();
      return;
    }
    const then = keys[event.key] ?? keys[event.key.toLowerCase()];
    if (!then || taken(event, pointed) || (/^\S$/.test(event.key) && !letters.checked)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    then(event);
  };
  // Before the framework of the page, which has keys of its own.
  window.addEventListener("keydown", heard, true);
  window.addEventListener("pointerdown", pointing, true);
  return () => {
    window.removeEventListener("keydown", heard, true);
    window.removeEventListener("pointerdown", pointing, true);
  };
}
