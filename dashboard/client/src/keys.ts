// Keys work everywhere on the page, whatever was clicked last, but never while somebody types.

const TYPING = /^(INPUT|TEXTAREA|SELECT|OPTION|SUMMARY)$/;

export type Keys = Record<string, (event: KeyboardEvent) => void>;

/** Whether a key belongs to what has the keyboard and not to the room. */
export function taken(event: KeyboardEvent): boolean {
  const target = event.composedPath()[0] as HTMLElement;
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return true;
  if (
    target.isContentEditable ||
    (TYPING.test(target.tagName) && (target as HTMLInputElement).type !== "checkbox")
  )
    return true;
  const role = target.getAttribute?.("role") ?? "";
  if (
    event.key.startsWith("Arrow") &&
    /^(tab|listbox|option|combobox|menuitem|slider|radio)$/.test(role) &&
    target.tagName !== "CANVAS"
  )
    return true;
  // A button that the keyboard stands on is pressed by space; one that was clicked is not.
  const pressed = event.key === " " && target.tagName === "BUTTON" && !target.classList.contains("row");
  return pressed && target.matches(":focus-visible");
}

export function listenTo(keys: Keys): () => void {
  const heard = (event: KeyboardEvent) => {
    const then = keys[event.key] ?? keys[event.key.toLowerCase()];
    if (!then || taken(event)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    then(event);
  };
  // Before the framework of the page, which has keys of its own.
  window.addEventListener("keydown", heard, true);
  return () => window.removeEventListener("keydown", heard, true);
}
