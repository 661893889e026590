// Correcting: a turn's owner, some of its words, its text, and what it is. What a person asks for
// is told to the server and answered with a session made anew; nothing is changed here. Whatever
// came from a session is written with textContent or as a field's value, never parsed as markup.

function correcting(root, s, play) {
  const status = root.querySelector(".told");
  let form = null, area = null, quiet = 0;
  status.addEventListener("click", () => { status.hidden = true; });

  // ---- asking and being answered -----------------------------------------------------------

  function ask(what, back) {
    if (s.waiting) return;
    s.waiting = { number: `${Date.now()} ${Math.random()}`, back };
    root.classList.add("busy");
    tell(say("recalculating"));
    s.tell("correction", { ...what, number: s.waiting.number, stamp: s.data.stamp });
  }

  // Where to go back to once the answer is in, or null while none is awaited.
  function answered() {
    const answer = s.data.answer;
    if (!s.waiting || answer?.number !== s.waiting.number) return null;
    const { back } = s.waiting;
    s.waiting = null;
    root.classList.remove("busy");
    tell(answer.text || say("corrected"), !answer.text);
    return answer.text ? null : back;
  }

  function tell(text, passing) {
    clearTimeout(quiet);
    status.textContent = text;
    status.hidden = false;
    if (passing) quiet = setTimeout(() => { status.hidden = true; }, 6000);
  }

  // ---- the form of one turn ----------------------------------------------------------------

  function correct(turn, draft) {
    close();
    s.fixing = turn;
    form = make("section", "fix");
    form.setAttribute("aria-label", say("correct_at", { at: turn.at }));
    const head = make("header"), close_ = button(say("close"), () => close(true));
    close_.title = say("close_key");
    head.append(make("h4", "", say("correct_this")), button(say("play_it"), () => play(turn.s, turn.e)), close_);
    head.firstChild.tabIndex = -1;
    form.append(head);
    if (s.data.caution) form.append(make("p", "hint", s.data.caution));
    form.append(owner(turn), ...said(turn, draft), ...what(turn));
    turn.row.parentElement.append(form);
    turn.pen.setAttribute("aria-expanded", "true");
    const box = turn.row.closest("ol"); // the form right below its line, both in sight
    box.scrollTop = turn.row.parentElement.offsetTop - 8;
    box.scrollIntoView({ block: "nearest" });
    head.firstChild.focus({ preventScroll: true });
  }

  function close(focus) {
    if (!form) return;
    form.remove();
    s.fixing.pen.setAttribute("aria-expanded", "false");
    if (focus) s.fixing.row.focus({ preventScroll: true });
    form = area = s.fixing = null;
  }

  const draft = () => (area && area.value !== area.defaultValue ? area.value : null);

  function part(title, ...nodes) {
    const node = make("fieldset");
    node.append(make("legend", "", title), ...nodes);
    return node;
  }

  function owner(turn) {
    const others = s.data.voices.filter((v) => v.voice !== turn.voice), row = make("div", "acts");
    const to = (v) => button(say("give_to", { voice: v.name }), () => ask({ turn: turn.i, voice: v.voice }, lines(turn)));
    row.append(...others.map(to));
    return part(say("whose_turn"), others.length ? row : make("p", "hint", say("one_voice")));
  }

  function said(turn, draft) {
    if (s.data.wordless) return [part(say("text"), make("p", "hint", s.data.wordless))];
    area = make("textarea");
    area.value = area.defaultValue = turn.text;
    area.rows = Math.min(7, Math.max(2, Math.ceil(turn.text.length / 62)));
    area.setAttribute("aria-label", say("text_of_turn"));
    const keep = button(say("keep_text"), () => ask({ turn: turn.i, text: area.value }, lines(turn)));
    const changed = () => { keep.disabled = area.value.trim() === turn.text.trim(); };
    if (draft) area.value = draft;
    changed();
    area.addEventListener("input", changed);
    area.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !keep.disabled) keep.click();
    });
    const acts = make("div", "acts");
    acts.append(keep, make("span", "hint", say("keep_text_hint")));
    const text = part(say("text"), area, acts);
    return turn.words.length > 1 && s.data.voices.length > 1 ? [words(turn), text] : [text];
  }

  // Two clicks mark a run of words: the first and the last. With Shift the arrows do the same.
  function words(turn) {
    let first = null, last = null;
    const box = make("div", "chips"), acts = make("div", "acts");
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", say("words_of_turn"));
    const others = s.data.voices.filter((v) => v.voice !== turn.voice);
    const give = others.map((v) => button(say("give_words_to", { voice: v.name }), () =>
      ask({ turn: turn.i, words: [Math.min(first, last) + 1, Math.max(first, last) + 1], voice: v.voice }, lines(turn))));
    const chips = turn.words.map((word, i) => {
      const chip = button(word[2], () => {
        if (first === null || first !== last) first = last = i;
        else if (first === i) first = last = null;
        else last = i;
        paint();
      });
      chip.className = `chip ${DOUBTS[word[3]].style}`;
      chip.title = DOUBTS[word[3]].why();
      chip.tabIndex = i ? -1 : 0;
      chip.addEventListener("keydown", (event) => step(event, i));
      return chip;
    });
    function paint() {
      const [from, to] = [Math.min(first, last), Math.max(first, last)];
      chips.forEach((chip, i) => chip.setAttribute("aria-pressed", String(first !== null && from <= i && i <= to)));
      for (const one of give) one.disabled = first === null;
    }
    function step(event, i) {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!by || !chips[i + by]) return;
      event.preventDefault();
      if (event.shiftKey) { first ??= i; last = i + by; paint(); }
      chips[i].tabIndex = -1;
      chips[i + by].tabIndex = 0;
      chips[i + by].focus();
    }
    paint();
    box.append(...chips);
    acts.append(...give);
    return part(say("some_words"), box, acts);
  }

  function what(turn) {
    const here = s.data.lists.behaviours.filter((c) => c.turn === turn.i), kinds = s.data.kinds[turn.role];
    const nodes = here.map((c) => {
      const row = make("div", "one");
      row.append(make("b", "", c.title), make("span", "hint", c.doubt), judge(c, lines(turn, true)));
      return row;
    });
    if (!kinds) nodes.push(make("p", "hint", say("roles_first")));
    else nodes.push(choice(say("add_behaviour"), say("add"), kinds, here.map((c) => c.kind), (kind) => ask({ turn: turn.i, is: kind }, lines(turn, true))));
    return [part(say("listening_behaviours"), ...nodes)];
  }

  // ---- a behaviour ---------------------------------------------------------------------------

  const where = (c) => (c.turn === null ? { at: (c.start_s + c.end_s) / 2 } : { turn: c.turn });

  // Right, not this, something else: for a card or within the form of its turn.
  function judge(c, back) {
    const acts = make("div", "acts"), kinds = c.turn === null ? null : s.data.kinds[c.role];
    if (!c.by) acts.append(button(say("right"), () => ask({ ...where(c), is: c.kind }, back)));
    acts.append(button(say("not_this"), () => ask({ ...where(c), is_not: c.kind }, back)));
    if (kinds) acts.append(choice(say("something_else"), say("change"), kinds, [c.kind], (kind) => ask({ ...where(c), is: kind, is_not: c.kind }, back)));
    return acts;
  }

  // A place that may be called what the rules did not call it: a silence held, an overlap to review.
  function call(c) {
    const kind = { silence: "held_silence", overlap: "overlap_to_review" }[c.kind];
    const known = s.data.lists.behaviours.some((e) => e.kind === kind && (kind === "held_silence"
      ? e.start_s < c.end_s && e.end_s > c.start_s : e.turn === c.turn));
    if (!kind || known) return null;
    const name = { silence: say("call_held_silence"), overlap: say("call_overlap") }[c.kind];
    return button(name, () => ask({ at: (c.start_s + c.end_s) / 2, is: kind }, { list: true, t: c.start_s }));
  }

  function choice(title, verb, groups, without, then) {
    const label = make("label", "pick", title), select = make("select");
    const go = button(verb, () => then(select.value));
    select.append(new Option(say("choose"), ""));
    for (const { group, kinds } of groups) {
      const box = make("optgroup");
      box.label = group;
      box.append(...kinds.filter(([kind]) => !without.includes(kind)).map(([kind, name]) => new Option(name, kind)));
      if (box.childElementCount) select.append(box);
    }
    go.disabled = true;
    select.addEventListener("change", () => { go.disabled = !select.value; });
    label.append(select, go);
    return label;
  }

  const lines = (turn, again) => ({ t: (turn.s + turn.e) / 2, again });

  function button(text, then) {
    const node = make("button", "", text);
    node.type = "button";
    node.addEventListener("click", then);
    return node;
  }

  return { answered, call, close, correct, draft, judge };
}
