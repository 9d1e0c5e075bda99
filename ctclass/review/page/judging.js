// Judging: the verdict of the project in view, and the areas while they are corrected.
let editing = null; // area ids while they are corrected
let before = null; // the verdict when their correction began

function drawVerdict() {
  const row = ROWS[current];
  if (!row) return find("verdict").replaceChildren();
  const verdict = verdictOf(current);
  const button = (key, letter, act, more = {}) => el("button", { type: "button", onclick: act, ...more },
    say(key), el("kbd", {}, letter));
  const right = verdict.areas !== null && isRight(current) && verdict.level === row.l;
  find("verdict").replaceChildren(...present([
    el("h2", { class: "hidden" }, say("verdict")),
    editing === null ? null : editor(),
    el("div", { class: "acts" },
      button("right", "1", sayRight, { class: right ? "on" : "main", id: "right", title: say("rightTitle"), "aria-pressed": right }),
      button("edit", "E", startEdit, { id: "edit", "aria-expanded": editing !== null,
        class: verdict.areas !== null && !isRight(current) ? "on" : "" }),
      levels(row, verdict),
      button("undo", "U", undo, { class: "plain", id: "undo", disabled: !VERDICTS.has(current) })),
    el("label", { class: "comment" }, el("span", {}, say("comment"), el("kbd", {}, "C")),
      el("textarea", { id: "comment", rows: 1, maxlength: 4000, oninput: keepComment,
        onchange: () => sayKept(), value: verdict.comment })),
    el("p", { class: "state", id: "state" }, stateWords()),
    el("p", { class: "said", id: "said" }, verdict.comment),
  ]));
  return undefined;
}

/** What is stored; the comment stands in its own field, and below when it is printed. */
function stateWords() {
  if (!VERDICTS.has(current)) return [];
  const verdict = verdictOf(current);
  return [summary(current, { ...verdict, comment: "" }),
    el("span", { class: "dim" }, ` · ${[verdict.reviewer, time(verdict.at)].filter(Boolean).join(" · ")}`)];
}

function time(at) {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? "" : date.toLocaleString(lang === "en" ? "en-GB" : "ja-JP",
    { dateStyle: "short", timeStyle: "short" });
}

function levels(row, verdict) {
  return el("fieldset", { class: "levels" }, el("legend", {}, say("screening")),
    LEVELS.map((level) => el("label", { class: level },
      el("input", { type: "radio", name: "level", value: level, checked: verdict.level === level,
        onchange: () => after({ level }) }),
      el("span", {}, say(level), level === row.l ? el("small", {}, ` (${say("asGiven")})`) : ""))));
}

/** Keep a verdict and show it everywhere. */
function after(change) {
  judge(current, change);
  redraw();
  sayKept();
}

/**
 * The same while something is typed or ticked. Every element stays what it is: a press that
 * ends the typing must find its button when it is let go.
 */
function drawKept() {
  find("state").replaceChildren(...present(stateWords()));
  find("said").textContent = verdictOf(current).comment;
  find("undo").disabled = !VERDICTS.has(current);
  markInList(current);
  drawProgress();
}

function sayKept() {
  speak(`${say("saved")}: ${summary(current, verdictOf(current))}`);
}

function redraw() {
  const held = document.activeElement?.id;
  const input = document.activeElement?.matches("#verdict input") ? document.activeElement.value : null;
  drawVerdict();
  drawList();
  drawProgress();
  if (held && document.activeElement?.id !== held) find(held)?.focus();
  if (input) find("verdict").querySelector(`[value=${input}]`)?.focus();
}

function sayRight() {
  after({ areas: machineAreas(ROWS[current]), level: ROWS[current].l });
  moveToOpenAfter();
}

/** On to the next that is open, in the order of the list. */
function moveToOpenAfter() {
  const place = shown.indexOf(current);
  const next = shown.slice(place + 1).find((index) => stateOf(index) !== "done");
  if (next === undefined) redraw();
  else openProject(next);
}

function undo() {
  keepVerdict(current, { areas: null, level: null, comment: "" });
  editing = null;
  redraw();
  speak(say("undone"));
}

function keepComment() {
  judge(current, { comment: find("comment").value.trim() });
  drawKept();
}

function startEdit() {
  if (editing !== null) return endEdit(true);
  before = verdictOf(current);
  editing = [...(before.areas ?? machineAreas(ROWS[current]))];
  drawVerdict();
  find("verdict").querySelector(".editor input").focus();
  return undefined;
}

/** Done says that these are the areas, even if none was changed; cancel takes the ticks back. */
function endEdit(keep) {
  const areas = editing;
  editing = null;
  if (keep) {
    after({ areas });
  } else {
    takeBack();
    redraw();
  }
  find("edit").focus();
}

/** The areas as they were before the ticks; a comment written meanwhile stays. */
function takeBack() {
  const now = verdictOf(current);
  const alike = now.level === before.level && now.comment === before.comment;
  keepVerdict(current, alike ? before : { ...now, areas: before.areas });
}

/**
 * Another tab judged this project while its areas are corrected here. What it said of the areas
 * (`stood` until then) is in the boxes from now on, and cancel goes back to it: this tab takes
 * back its own ticks only. Where it spoke of the rest, they stay.
 */
function hearWhileEditing(stood) {
  if (editing === null) return;
  const now = verdictOf(current);
  const spoken = !sameAreas(now.areas, stood);
  before = spoken ? now : { ...now, areas: before.areas };
  if (spoken) editing = [...(now.areas ?? machineAreas(ROWS[current]))];
}

/** Sixteen check-boxes; the order in which they are ticked is that of the areas. */
function editor() {
  const boxes = AREAS.map((area, i) => el("label", { class: `area-${i}`, "data-area": area.id },
    el("input", { type: "checkbox", value: area.id, onchange: tick }),
    el("span", {}, areaName(i), area.strategic ? " ◆" : ""),
    el("span", { class: "rank" }),
    el("button", { type: "button", class: "plain", tabindex: -1, title: say("makePrimary"),
      "aria-label": `${say("makePrimary")}: ${areaName(i)}`, onclick: () => makePrimary(area.id) }, "↑")));
  const made = el("fieldset", { class: "editor", onkeydown: editorKey },
    el("legend", {}, say("edit")), el("p", { class: "dim" }, say("editHint")),
    el("div", { class: "boxes" }, boxes),
    el("div", { class: "ends" },
      el("button", { type: "button", class: "main", id: "edit-done", onclick: () => endEdit(true) }, say("editDone"), el("kbd", {}, "Enter")),
      el("button", { type: "button", id: "edit-cancel", onclick: () => endEdit(false) }, say("editCancel"), el("kbd", {}, "Esc"))));
  drawRanks(made);
  return made;
}

/** Ticks and places, in the boxes that are there: a box keeps its focus. */
function drawRanks(within) {
  for (const label of within.querySelectorAll("[data-area]")) {
    const rank = editing.indexOf(label.dataset.area);
    const [box, , place, button] = label.children;
    box.checked = rank >= 0;
    label.classList.toggle("on", rank >= 0);
    place.textContent = rank === 0 ? say("primary") : String(rank + 1);
    place.hidden = rank < 0;
    button.hidden = rank <= 0;
  }
}

function tick(event) {
  const { value, checked } = event.target;
  changeAreas(checked ? [...editing, value] : editing.filter((id) => id !== value));
}

function makePrimary(id) {
  changeAreas([id, ...editing.filter((other) => other !== id)]);
}

/** Each tick is kept at once: whoever goes on to another project has said it. */
function changeAreas(areas) {
  editing = areas;
  if (sameAreas(areas, before.areas ?? machineAreas(ROWS[current]))) takeBack();
  else judge(current, { areas });
  drawRanks(find("verdict"));
  drawKept();
  speak(areaNames(editing));
}

function editorKey(event) {
  const boxes = [...find("verdict").querySelectorAll(".editor input")];
  const at = boxes.indexOf(event.target);
  const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
  if (at >= 0 && step) boxes.at((at + step) % boxes.length).focus();
  else if (at >= 0 && letterOf(event) === "p") makePrimary(event.target.value);
  else if (at >= 0 && event.key === "Enter") endEdit(true);
  else if (event.key === "Escape") endEdit(false);
  else return;
  event.preventDefault();
  event.stopPropagation();
}
