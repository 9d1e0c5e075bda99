// The list: filters, search, order, and as many rows as can be seen.
const ROW_HEIGHT = 76; // as in page.css
const SPARE = 6;
let shown = []; // indices into ROWS, filtered and in order
let current = -1; // index into ROWS

const FILTERS = ["search", "f-area", "f-screening", "f-verdict", "f-status", "f-stratum",
  "f-strategic", "f-margin"];
const SORTS = {
  given: null,
  margin: (a, b) => (ROWS[a].m ?? 1e9) - (ROWS[b].m ?? 1e9),
  screening: (a, b) => LEVELS.indexOf(ROWS[b].l) - LEVELS.indexOf(ROWS[a].l),
  score: (a, b) => (ROWS[b].g[0]?.[1] ?? -1) - (ROWS[a].g[0]?.[1] ?? -1),
  id: (a, b) => (ROWS[a].id < ROWS[b].id ? -1 : Number(ROWS[a].id > ROWS[b].id)),
  late: (a, b) => (verdictOf(b).at < verdictOf(a).at ? -1 : Number(verdictOf(b).at > verdictOf(a).at)),
};

function fillFilters() {
  const kept = Object.fromEntries(FILTERS.concat("sort").map((id) => [id, find(id).value]));
  const fill = (id, ...options) => {
    find(id).replaceChildren(...options.map(([value, name]) => el("option", { value }, name)));
    find(id).value = kept[id] && options.some(([value]) => value === kept[id]) ? kept[id] : "";
  };
  const verdicts = { open: "Open", part: "Part", done: "Done", right: "Right",
    corrected: "Corrected", level: "Level", comment: "Comment" };
  fill("f-area", ["", say("fAreaAll")], ...AREAS.map((area, i) => [area.id, areaName(i)]),
    ["-", say("fAreaNone")]);
  fill("f-screening", ["", say("fScreeningAll")], ["flagged", say("fScreeningFlagged")],
    ...[...LEVELS].reverse().map((level) => [level, `${say("fScreening")}: ${say(level)}`]));
  fill("f-verdict", ["", say("fVerdictAll")],
    ...Object.entries(verdicts).map(([value, key]) => [value, say(`fVerdict${key}`)]));
  const statuses = [...new Set(ROWS.map((row) => row.s))].sort();
  fill("f-status", ["", say("fStatusAll")], ...statuses.map((status) => [status, statusName(status)]));
  fill("f-stratum", ["", say("fStratumAll")],
    ...DATA.strata.map((stratum, i) => [String(i), spell(stratum.name)]));
  fill("sort", ...[["", "Given"], ["margin", "Margin"], ["screening", "Screening"],
    ["score", "Score"], ["id", "Id"], ["late", "Late"]].map(([value, key]) => [value, say(`sort${key}`)]));
  find("f-stratum").hidden = DATA.strata.length === 0;
}

function statusName(status) {
  return DATA.statuses[status] ? spell(DATA.statuses[status]) : status;
}

function suits(index, want) {
  const row = ROWS[index];
  if (want["f-area"] === "-" ? row.g.length : want["f-area"]
    && !row.g.some(([area]) => AREAS[area].id === want["f-area"])) return false;
  if (want["f-screening"] === "flagged" ? row.l === "none" : want["f-screening"]
    && row.l !== want["f-screening"]) return false;
  if (want["f-status"] && row.s !== want["f-status"]) return false;
  if (want["f-stratum"] && row.st !== Number(want["f-stratum"])) return false;
  if (want["f-strategic"] && !row.g.some(([area]) => AREAS[area].strategic)) return false;
  if (want["f-margin"] && !isClose(row)) return false;
  if (!suitsVerdict(index, want["f-verdict"])) return false;
  return want.words.every((word) => haystack(row).includes(word));
}

function isClose(row) {
  return row.m !== null && row.m <= DATA.close;
}

function suitsVerdict(index, wanted) {
  const verdict = VERDICTS.get(index);
  if (!wanted) return true;
  if (wanted === "right") return isRight(index);
  if (wanted === "corrected") return Boolean(verdict?.areas) && !isRight(index);
  if (wanted === "level") return Boolean(verdict?.level) && verdict.level !== ROWS[index].l;
  if (wanted === "comment") return Boolean(verdict?.comment);
  return stateOf(index) === wanted;
}

function filterList() {
  const want = Object.fromEntries(
    FILTERS.map((id) => [id, find(id).type === "checkbox" ? find(id).checked : find(id).value]),
  );
  want.words = want.search.split(/[\s\u3000]+/).map(plain).filter(Boolean);
  shown = [...ROWS.keys()].filter((index) => suits(index, want));
  const order = SORTS[find("sort").value || "given"];
  if (order) shown.sort(order); // stable: the given order among equals
  find("count").textContent = say("count", grouped(shown.length));
  find("list").scrollTop = 0;
  drawList();
  if (current < 0 || !shown.includes(current)) {
    // What is not listed is not judged: no key and no button speaks of it.
    openProject(isWide() && shown.length ? shown[0] : -1, { quiet: true });
  } else {
    showInList();
  }
  drawPlace();
}

/** Only the rows in sight are in the document; their number and place are said to readers. */
function drawList() {
  const list = find("list");
  if (!shown.length) {
    list.replaceChildren(el("div", { class: "nothing" }, el("strong", {}, say("nothing")),
      el("p", {}, say("nothingHint"))));
    list.removeAttribute("aria-activedescendant");
    return;
  }
  const first = Math.max(0, Math.floor(list.scrollTop / ROW_HEIGHT) - SPARE);
  const last = Math.min(shown.length, Math.ceil((list.scrollTop + list.clientHeight) / ROW_HEIGHT) + SPARE);
  const space = el("div", { class: "space", role: "presentation" });
  space.style.height = `${shown.length * ROW_HEIGHT}px`;
  for (let place = first; place < last; place++) space.append(drawRow(shown[place], place));
  list.replaceChildren(space);
  list.setAttribute("aria-activedescendant", find(`row-${current}`) ? `row-${current}` : "");
}

function drawRow(index, place) {
  const row = ROWS[index];
  const areas = row.g.length
    ? row.g.map(([area, score]) => el("span", { class: `dot area-${area}`, title: areaName(area) },
      AREAS[area].symbol, AREAS[area].strategic ? "◆" : "",
      el("span", { class: "number" }, ` ${hundredths(score)}`)))
    : [el("span", { class: "dim" }, say("noArea"))];
  const made = el(
    "div",
    {
      class: "row", role: "option", id: `row-${index}`, "data-index": index,
      "aria-selected": index === current ? "true" : "false",
      "aria-setsize": shown.length, "aria-posinset": place + 1,
    },
    el("span", { class: "mark", role: "img" }),
    el("span", { class: "title" }, row.t || say("noTitle")),
    el("span", { class: "facts" },
      ...areas,
      row.l === "none" ? null : el("span", { class: `level ${row.l}` }, say(row.l)),
      isClose(row) ? el("span", { class: "close" }, say("margin")) : null,
      row.s === "ok" ? null : el("span", { class: "dim" }, statusName(row.s)),
      el("span", { class: "id" }, nameOf(row))),
  );
  made.style.top = `${place * ROW_HEIGHT}px`;
  return markState(made, stateOf(index));
}
const STATES = { open: ["", "Open"], part: ["◐", "Part"], done: ["✓", "Done"] };

function markState(made, state) {
  const [sign, word] = STATES[state];
  made.dataset.state = state;
  made.firstChild.textContent = sign;
  made.firstChild.setAttribute("aria-label", say(`fVerdict${word}`));
  return made;
}

/** A project's mark in the row that is there, if it is in sight. */
function markInList(index) {
  const made = find(`row-${index}`);
  if (made) markState(made, stateOf(index));
}

function showInList() {
  const list = find("list");
  const place = shown.indexOf(current);
  if (place >= 0) {
    const top = place * ROW_HEIGHT;
    if (top < list.scrollTop) list.scrollTop = top;
    const bottom = top + ROW_HEIGHT - list.clientHeight;
    if (bottom > list.scrollTop) list.scrollTop = bottom;
  }
  drawList();
}

function drawProgress() {
  const count = [...VERDICTS.keys()].filter((index) => stateOf(index) === "done").length;
  find("done-text").textContent = say("doneText", grouped(count), grouped(ROWS.length));
  find("done-bar").max = Math.max(ROWS.length, 1);
  find("done-bar").value = count;
}
