// What is asked in a window of its own: help, export, import, print.
const dialog = find("dialog");
let returnTo = null;

function ask(title, ...content) {
  returnTo = document.activeElement;
  dialog.replaceChildren(el("h2", { id: "dialog-title" }, title), ...content);
  dialog.showModal();
}

function closeDialog() {
  dialog.close();
  returnTo?.focus();
}

function choice(key, act, main = false) {
  return el("button", { type: "button", class: main ? "main" : "", "data-choice": key,
    onclick: () => { closeDialog(); act(); } }, say(key));
}

function help() {
  const on = el("input", { type: "checkbox", checked: remembered("keys") !== "off",
    onchange: (event) => remember("keys", event.target.checked ? "on" : "off") });
  ask(say("help"), el("p", {}, say("helpSaved")),
    el("dl", { class: "keys" }, [...Object.entries(KEYS), ["Esc", ["keyBack"]]].map(([key, [what]]) =>
      [el("dt", {}, el("kbd", {}, key.toUpperCase())), el("dd", {}, say(what))])),
    el("label", {}, on, " ", say("keysOn")), el("p", {}, say("unseenRest")), el("p", {}, spell(DATA.screening.disclaimer)),
    el("div", { class: "ends" }, choice("close", () => {}, true)));
}

function askExport() {
  if (!VERDICTS.size) return ask(say("export"), el("p", {}, say("nothingToExport")),
    el("div", { class: "ends" }, choice("close", () => {}, true)));
  const parts = [...VERDICTS.keys()].filter((index) => stateOf(index) !== "done").length;
  const nobody = [...VERDICTS.values()].filter((verdict) => !verdict.reviewer).length;
  const texts = el("input", { type: "checkbox", checked: true, id: "export-texts" });
  return ask(say("exportAsk"), el("p", {}, say("exportWhat", grouped(VERDICTS.size), grouped(parts))),
    nobody ? el("p", { class: "warn" }, say("exportNobody", grouped(nobody))) : "",
    el("label", {}, texts, " ", say("exportTexts")),
    el("div", { class: "ends" }, choice("exportAsk", () => {
      download("labels.jsonl", labelsText(texts.checked));
      unsaved = false;
      speak(say("exported", grouped(VERDICTS.size)));
    }, true), choice("cancel", () => {})));
}

async function takeFile(event) {
  const [file] = event.target.files;
  if (!file) return;
  let found;
  try {
    found = readLabels(await file.text());
  } catch {
    ask(say("importTitle2"), el("p", { class: "warn" }, say("importFailed")),
      el("div", { class: "ends" }, choice("close", () => {}, true)));
    return;
  } finally {
    event.target.value = "";
  }
  for (const [index, verdict] of found.fresh) keepVerdict(index, verdict);
  editing = null; // what was ticked is kept already
  redraw();
  askImport(found);
}

function askImport(found) {
  const lines = [["importAdded", found.fresh.size], ["importSame", found.same],
    ["importUnknown", found.unknown], ["importConflicts", found.conflicts.size]];
  const bad = found.bad.slice(0, 5).map((line) => say("importLine", line)).join(", ");
  const resolve = (key) => choice(key, () => { settle(found.conflicts, key); redraw(); }, key === "keepMine");
  ask(say("importTitle2"),
    el("ul", {}, lines.filter(([, count], i) => count || !i).map(([key, count]) => el("li", {}, say(key, grouped(count)))),
      found.bad.length ? el("li", { class: "warn" }, say("importBad", grouped(found.bad.length), bad)) : null),
    found.conflicts.size ? el("div", { class: "conflicts" }, [...found.conflicts].slice(0, 50).map(([index, verdict]) =>
      el("dl", {}, el("dt", {}, `${nameOf(ROWS[index])} ${ROWS[index].t}`),
        el("dd", {}, `${say("mine")}: ${described(index, verdictOf(index))}`),
        el("dd", {}, `${say("theirs")}: ${described(index, verdict)}`)))) : "",
    el("div", { class: "ends" }, found.conflicts.size
      ? ["keepMine", "takeTheirs", "takeNewest"].map(resolve) : choice("close", () => {}, true)));
}

function described(index, verdict) {
  return [summary(index, verdict), verdict.reviewer, time(verdict.at)].filter(Boolean).join(" · ");
}

// Printing: the project in view, or the list as a table
const LONGEST_WHOLE = 24; // characters of an id that is kept on one line

function askPrint() {
  const go = (what) => () => { drawPrint(what); window.print(); };
  ask(say("printTitle"), el("div", { class: "ends" },
    current < 0 ? "" : el("button", { type: "button", "data-choice": "printProject", onclick: () => { closeDialog(); go("project")(); } }, say("printProject")),
    el("button", { type: "button", "data-choice": "printList", onclick: () => { closeDialog(); go("list")(); } }, say("printList", grouped(shown.length))),
    choice("cancel", () => {})));
}

/** On paper nothing can be opened: the terms of all areas are printed. */
function openTerms() {
  for (const found of find("project").querySelectorAll("details:not([open])")) {
    found.open = true;
    found.dataset.printed = "";
  }
}

function closeTerms() {
  for (const found of find("project").querySelectorAll("details[data-printed]")) {
    found.open = false;
    delete found.dataset.printed;
  }
}

function drawPrint(what) {
  document.body.dataset.print = what;
  if (what !== "list") return find("print-list").replaceChildren();
  find("print-list").replaceChildren(
    el("h1", {}, say("review")), el("p", {}, say("printed", DATA.file, say("count", grouped(shown.length)), DATA.model)),
    el("table", {}, el("thead", {}, el("tr", {}, ["projectId", "titleField", "areas", "screening", "verdict"].map((key) =>
      el("th", { scope: "col" }, say(key))))),
      el("tbody", {}, shown.map((index) => {
        const row = ROWS[index];
        const name = nameOf(row);
        return el("tr", {}, el("td", { class: name.length <= LONGEST_WHOLE ? "whole" : "" }, name), el("td", {}, row.t || say("noTitle")),
          el("td", {}, row.g.map(([area, score]) => `${areaName(area)} ${hundredths(score)}`).join(", ") || say("noArea")),
          el("td", {}, say(row.l)), el("td", {}, VERDICTS.has(index) ? summary(index, VERDICTS.get(index)) : ""));
      }))));
  return undefined;
}
