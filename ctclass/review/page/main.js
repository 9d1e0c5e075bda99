// What a person does: open, move; by mouse, finger or keys.
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
  const elsewhere = ["?", "/", "j", "k", "n"].includes(letter);
  if (!(letter in KEYS) || (!elsewhere && current < 0)) return;
  if (editing !== null && !elsewhere && letter !== "e") return; // their buttons are away
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
    openTerms();
  });
  window.addEventListener("afterprint", () => { delete document.body.dataset.print; find("print-list").replaceChildren(); closeTerms(); });
  window.addEventListener("beforeunload", (event) => { if (store === null && unsaved) event.preventDefault(); });
}

/** The same file is open in another tab. */
function fromOtherTab(event) {
  if (!event.key?.startsWith(PREFIX)) return;
  const stood = verdictOf(current).areas;
  takeStored(event.key, event.newValue);
  if (event.key === PREFIX + current) {
    hearWhileEditing(stood);
    redraw();
  } else { // what is typed here goes on undisturbed
    drawList();
    drawProgress();
  }
}

start();
