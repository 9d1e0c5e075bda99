// What a person does: open, move, judge; by mouse, finger or keys.
let editing = null; // area ids while they are corrected

const wide = window.matchMedia("(min-width: 900px)");
const isWide = () => wide.matches;

function start() {
  if (store === null) showBanner("noStorage");
  loadVerdicts();
  lang = ["ja", "en"].includes(remembered("lang")) ? remembered("lang") : DATA.lang;
  find("reviewer").value = remembered("reviewer");
  find("file").textContent = DATA.file;
  listen();
  speakLanguage();
  document.body.dataset.ready = "";
}

/** All fixed sentences, in the language chosen; then what is drawn from the data. */
function speakLanguage() {
  document.documentElement.lang = lang;
  document.title = `${say("review")} · ${DATA.file} · ctclass`;
  const each = (name, act) => {
    for (const found of document.querySelectorAll(`[data-${name}]`)) act(found, say(found.dataset[name]));
  };
  each("say", (found, text) => { found.textContent = text; });
  each("title", (found, text) => { found.title = text; });
  each("label", (found, text) => found.setAttribute("aria-label", text));
  each("hint", (found, text) => { found.placeholder = text; });
  find("lang").textContent = say("otherLanguage");
  find("lang").title = say("otherLanguageLabel");
  find("lang").lang = lang === "en" ? "ja" : "en";
  fillFilters();
  filterList();
  drawProgress();
  drawProject();
  drawVerdict();
}

function showBanner(key) {
  find("banner").dataset.say = key;
  find("banner").textContent = say(key);
  find("banner").hidden = false;
}

function speak(text) {
  find("spoken").textContent = text;
}

// Moving

function openProject(index, { quiet = false } = {}) {
  current = index;
  editing = null;
  if (!quiet) document.body.dataset.view = "project";
  drawProject();
  drawVerdict();
  showInList();
  drawPlace();
  find("scroll").scrollTop = 0;
  if (!quiet) {
    if (!isWide()) window.scrollTo(0, 0);
    speak(`${say("place", shown.indexOf(index) + 1, shown.length)}: ${ROWS[index].t || nameOf(ROWS[index])}`);
  }
}

function backToList() {
  document.body.dataset.view = "list";
  showInList();
  find("list").focus();
}

function move(step) {
  const place = shown.indexOf(current);
  const next = place < 0 ? 0 : place + step;
  if (shown[next] !== undefined) openProject(shown[next]);
}

function moveToOpen() {
  const place = shown.indexOf(current);
  const order = [...shown.slice(place + 1), ...shown.slice(0, place + 1)];
  const next = order.find((index) => stateOf(index) !== "done");
  if (next !== undefined) openProject(next);
}

function drawPlace() {
  const place = shown.indexOf(current);
  find("place").textContent = place < 0 ? "" : say("place", grouped(place + 1), grouped(shown.length));
  find("previous").disabled = place <= 0;
  find("next").disabled = place < 0 || place >= shown.length - 1;
}

// Judging

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
      el("textarea", { id: "comment", rows: 1, maxlength: 4000, onchange: keepComment, value: verdict.comment })),
    el("p", { class: "state", id: "state" }, VERDICTS.has(current) ? [summary(current, verdict),
      el("span", { class: "dim" }, ` · ${[verdict.reviewer, time(verdict.at)].filter(Boolean).join(" · ")}`)] : ""),
  ]));
  return undefined;
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
  speak(`${say("saved")}: ${summary(current, verdictOf(current))}`);
}

function redraw() {
  const held = document.activeElement?.id;
  const level = document.activeElement?.name === "level" ? document.activeElement.value : null;
  drawVerdict();
  drawList();
  drawProgress();
  if (held && document.activeElement?.id !== held) find(held)?.focus();
  if (level) find("verdict").querySelector(`[value=${level}]`).focus();
}

function sayRight() {
  after({ areas: machineAreas(ROWS[current]), level: ROWS[current].l });
  editing = null;
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
  after({ comment: find("comment").value.trim() });
}

function startEdit() {
  if (editing !== null) return endEdit(true);
  editing = [...(verdictOf(current).areas ?? machineAreas(ROWS[current]))];
  drawVerdict();
  find("verdict").querySelector(".editor input").focus();
  return undefined;
}

function endEdit(keep) {
  const areas = editing;
  editing = null;
  if (keep) after({ areas });
  drawVerdict();
  find("edit").focus();
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

function changeAreas(areas) {
  editing = areas;
  drawRanks(find("verdict"));
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

// Keys

const KEYS = {
  j: ["keyNext", () => move(1)],
  k: ["keyPrevious", () => move(-1)],
  n: ["keyOpen", moveToOpen],
  1: ["keyRight", sayRight],
  e: ["keyEdit", startEdit],
  s: ["keyConfirm", () => after({ level: ROWS[current].l })],
  d: ["keyDrop", () => after({ level: "none" })],
  l: ["keyLevel", () => after({ level: LEVELS[(LEVELS.indexOf(verdictOf(current).level ?? ROWS[current].l) + 1) % 3] })],
  c: ["keyComment", () => find("comment").focus()],
  u: ["keyUndo", undo],
  "/": ["keySearch", () => { document.body.dataset.view = "list"; find("search").focus(); find("search").select(); }],
  "?": ["keyHelp", help],
};

/** The letter of a key, also in full width and while a Japanese input method holds it. */
function letterOf(event) {
  if (event.key === "Process" || event.key === "Unidentified") {
    if (event.code === "Slash") return event.shiftKey ? "?" : "/";
    return event.code.replace(/^(Key|Digit|Numpad)/, "").toLowerCase();
  }
  return event.key.normalize("NFKC").toLowerCase();
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || dialog.open) return;
  const inText = event.target.matches("textarea, select, input:not([type=checkbox], [type=radio])");
  if (event.key === "Escape") {
    if (inText) event.target.blur();
    else if (document.body.dataset.view === "project") backToList();
    return;
  }
  if (event.target === find("list") && ["ArrowDown", "ArrowUp", "Enter"].includes(event.key)) {
    if (event.key === "Enter" && current >= 0) openProject(current);
    else moveInList(event.key === "ArrowDown" ? 1 : -1);
    event.preventDefault();
    return;
  }
  if (inText || remembered("keys") === "off") return;
  const letter = letterOf(event);
  const needsProject = !["?", "/", "j", "k", "n"].includes(letter);
  if (!(letter in KEYS) || (needsProject && current < 0)) return;
  event.preventDefault();
  KEYS[letter][1]();
}

function moveInList(step) {
  const place = Math.min(Math.max(shown.indexOf(current) + step, 0), shown.length - 1);
  if (shown[place] !== undefined) openProject(shown[place], { quiet: true });
}

// Everything that is listened to

function listen() {
  document.addEventListener("keydown", onKey);
  const list = find("list");
  let drawing = 0;
  list.addEventListener("scroll", () => { drawing ||= requestAnimationFrame(() => { drawing = 0; drawList(); }); });
  new ResizeObserver(() => drawList()).observe(list);
  list.addEventListener("click", (event) => {
    const row = event.target.closest(".row");
    if (row) openProject(Number(row.dataset.index));
  });
  let waiting = 0;
  find("search").addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(filterList, 120); });
  find("search").addEventListener("keydown", (event) => { if (event.key === "Enter") list.focus(); });
  find("filters").addEventListener("change", filterList);
  find("filters").addEventListener("submit", (event) => event.preventDefault());
  find("filters").addEventListener("reset", () => setTimeout(filterList));
  find("reviewer").addEventListener("input", () => remember("reviewer", find("reviewer").value));
  find("lang").addEventListener("click", () => { lang = lang === "en" ? "ja" : "en"; remember("lang", lang); speakLanguage(); });
  const acts = { help, export: askExport, print: askPrint, back: backToList, "next-open": moveToOpen,
    previous: () => move(-1), next: () => move(1), import: () => find("import-file").click() };
  for (const [id, act] of Object.entries(acts)) find(id).addEventListener("click", act);
  find("import-file").addEventListener("change", takeFile);
  dialog.addEventListener("cancel", () => returnTo?.focus());
  // A window may become wide later: a frame has no width before it is laid out.
  wide.addEventListener("change", () => { if (wide.matches && current < 0 && shown.length) openProject(shown[0], { quiet: true }); });
  window.addEventListener("storage", fromOtherTab);
  window.addEventListener("beforeprint", () => {
    document.body.dataset.print ??= current < 0 || (!isWide() && document.body.dataset.view === "list") ? "list" : "project";
    drawPrint(document.body.dataset.print);
  });
  window.addEventListener("afterprint", () => { delete document.body.dataset.print; find("print-list").replaceChildren(); });
  window.addEventListener("beforeunload", (event) => { if (store === null && unsaved) event.preventDefault(); });
}

/** The same file is open in another tab. */
function fromOtherTab(event) {
  if (!event.key?.startsWith(PREFIX)) return;
  takeStored(event.key, event.newValue);
  redraw();
}

start();
