// The data of the page, and the only way in which it becomes part of the page: as text.
const DATA = JSON.parse(document.getElementById("data").textContent);
const ROWS = DATA.rows;
const AREAS = DATA.areas;
const AREA_AT = new Map(AREAS.map((area, i) => [area.id, i]));
const LEVELS = ["none", "check", "priority"];

/** An element with attributes, listeners (`on…`) and children; text goes in as text nodes. */
function el(tag, settings = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(settings)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name === "class") made.className = value;
    else if (name in PROPERTIES) made[name] = value;
    else made.setAttribute(name, value === true ? "" : String(value));
  }
  made.append(...present(children));
  return made;
}

/** What is there of children, lists of children, and gaps. */
function present(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== "");
}
const PROPERTIES = { checked: 0, value: 0, disabled: 0, selected: 0 };

function find(id) {
  return document.getElementById(id);
}

/** One spelling for search: width, case, kana, long vowels, spaces and dots do not count. */
function plain(text) {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[\u3041-\u3096]/g, (kana) => String.fromCharCode(kana.charCodeAt(0) + 0x60))
    .replace(/[\s・ー\-‐–—]+/g, "");
}

function haystack(row) {
  row.plain ??= plain([row.id, row.t, row.a, row.k].join("\u0001"));
  return row.plain;
}

function areaName(index) {
  const area = AREAS[index];
  return `${area.symbol} ${lang === "en" ? area.en : area.ja}`;
}

function areaNames(ids) {
  return ids.length ? ids.map((id) => areaName(AREA_AT.get(id))).join(", ") : say("fAreaNone");
}

function hundredths(score) {
  return (score / 100).toFixed(2);
}

function nameOf(row) {
  return row.id || say("row", row.n);
}

function machineAreas(row) {
  return row.g.map(([area]) => AREAS[area].id);
}

/** A chip for an area: its number, its name, and a colour that is never alone. */
function areaChip(index, more = "") {
  return el(
    "span",
    { class: `chip area-${index}` },
    areaName(index),
    AREAS[index].strategic ? el("span", { class: "diamond", title: say("strategic") }, " ◆") : null,
    more ? el("span", { class: "number" }, ` ${more}`) : null,
  );
}
