// One project: its text with the words that decided, why, and what was not seen.
const FIELDS = [["t", "title"], ["a", "abstract"], ["k", "keywords"]];

function drawProject() {
  const row = ROWS[current];
  if (!row) {
    find("project").replaceChildren(el("p", { class: "dim" }, say("noProject")));
    return;
  }
  find("project").replaceChildren(...present([
    el("header", { class: "head" },
      el("p", { class: "id" }, `${row.id ? `${row.id} · ` : ""}${say("row", grouped(row.n))}`,
        row.st === undefined ? null : el("span", { class: "dim" }, ` · ${sampleWords(row)}`)),
      el("h1", { id: "text-t" }),
      el("div", { class: "chips" },
        ...row.g.map(([area, score]) => areaChip(area, hundredths(score))),
        row.g.length ? null : el("span", { class: "chip" }, say("fAreaNone")),
        row.l === "none" ? null : el("span", { class: `level ${row.l}` }, `${say("screening")}: ${say(row.l)}`),
        isClose(row) ? el("span", { class: "close", title: say("marginTitle", hundredths(row.m)) }, say("margin")) : null,
        row.s === "ok" ? null : el("span", { class: "chip warn" }, statusName(row.s)))),
    part("abstract", row.a ? el("p", { class: "text", id: "text-a" }) : missing()),
    part("keywords", row.k ? el("p", { class: "text", id: "text-k" }) : missing()),
    row.x.length ? part("areas", areasPart(row)) : null,
    row.u.length ? part("subtechnologies", subtechnologiesPart(row)) : null,
    part("flags", ...flagsPart(row)),
    row.b.length ? part("held", heldPart(row)) : null,
    row.g.length ? part("flips", flipPart(row)) : null,
    part("unseen", unseenPart(row)),
  ]));
  find("project").querySelector(".part-areas details")?.setAttribute("open", "");
  drawTexts(row);
}

function part(key, ...content) {
  return el("section", { class: `part part-${key}` }, el("h2", {}, say(key)), ...content);
}

function missing() {
  return el("p", { class: "dim" }, say("missing"));
}

function sampleWords(row) {
  const stratum = DATA.strata[row.st];
  return say("sampled", spell(stratum.name), grouped(stratum.rows), grouped(stratum.drawn));
}

/** Title, abstract and keywords with marks: those that decided, or the places of one term. */
function drawTexts(row, only = null) {
  for (const [key] of FIELDS) {
    const place = find(`text-${key}`);
    if (!place) continue;
    const marks = only === null ? row.h[key] : only.filter(([field]) => field === key)
      .map(([, start, end, area]) => [start, end, area, 3]);
    place.replaceChildren(...marked(row[key], marks ?? []));
    if (!row[key]) place.append(say("noTitle"));
  }
}

function marked(text, marks) {
  const pieces = [];
  let at = 0;
  for (const [start, end, area, weight] of marks) {
    if (start < at) continue;
    pieces.push(text.slice(at, start));
    pieces.push(el("mark", { class: `area-${area} weight-${weight}`, title: areaName(area) },
      text.slice(start, end)));
    at = end;
  }
  pieces.push(text.slice(at));
  return pieces;
}

/**
 * Given areas and runners-up: score, what decides (the comparison for the first place, in the
 * words of `explain`, or a threshold), and the terms that made it.
 */
function areasPart(row) {
  const strongest = Math.max(...row.x.flatMap((area) => area.terms.map((term) => Math.abs(term[2]))), 1);
  return el("div", {}, ...row.x.map((own) => {
    const bar = el("span", { class: "bar", role: "presentation" }, el("span", { class: "fill" }));
    bar.firstChild.style.width = `${own.score}%`;
    const needed = own.first ? 0 : own.needed;
    if (needed) {
      bar.append(el("span", { class: "needed", title: say("threshold", hundredths(needed)) }));
      bar.lastChild.style.left = `${needed}%`;
    }
    const lacks = own.given ? say("given")
      : `${say("runner")}${needed > own.score ? ` · ${say("lacks", hundredths(needed - own.score))}` : ""}`;
    return el("div", { class: `area area-${own.area}${own.given ? "" : " runner"}` },
      el("div", { class: "score" },
        el("span", { class: "name" }, areaName(own.area), AREAS[own.area].strategic ? " ◆" : ""),
        bar, el("span", { class: "number" }, hundredths(own.score)), el("span", { class: "dim" }, lacks)),
      own.first ? el("p", { class: "dim first-place" }, spell(DATA.first_place[own.first[0]], own.first[1])) : null,
      el("details", {}, el("summary", {}, say("terms", own.terms.length + own.rest[0])),
        termsTable(row, own, strongest)));
  }));
}

function termsTable(row, own, strongest) {
  const line = ([term, kind, value, spans]) => {
    const bar = el("span", { class: value < 0 ? "pull less" : "pull", role: "presentation" });
    bar.style.width = `${(Math.abs(value) / strongest) * 100}%`;
    return el("tr", {},
      el("th", { scope: "row" }, placeButton(row, term, spans, own.area), placeLetters(spans)),
      el("td", { class: "dim" }, spell(DATA.kinds[kind] ?? [kind, kind])),
      el("td", { class: "pulls" }, bar),
      el("td", { class: "number" }, signed(value)));
  };
  const extra = (key, value) => el("tr", { class: "dim" }, el("th", { scope: "row", colspan: 3 }, key),
    el("td", { class: "number" }, signed(value)));
  return el("table", { class: "terms" },
    el("thead", { class: "hidden" }, el("tr", {}, ["term", "kind", "", "contribution"].map((key) =>
      el("th", { scope: "col" }, key ? say(key) : "")))),
    el("tbody", {}, own.terms.map(line),
      own.rest[0] ? extra(say("others", own.rest[0]), own.rest[1]) : null,
      extra(say("bias"), own.start), extra(say("sum"), own.raw)));
}

/** A word that shows its places in the text while it is pointed at, and goes there when pressed. */
function placeButton(row, word, spans, area) {
  const show = () => drawTexts(row, spans.map((span) => [...span, area]));
  const away = () => drawTexts(row);
  const seek = () => {
    show();
    find("project").querySelector("mark")?.scrollIntoView({ block: "nearest" });
  };
  return el("button", { type: "button", class: "term", onclick: seek, onmouseenter: show,
    onmouseleave: away, onfocus: show, onblur: away }, word);
}

/** In which fields, and how often in each, as `explain` says it: 題 概2. */
function placeLetters(spans) {
  const letters = FIELDS.map(([key]) => [key, spans.filter(([field]) => field === key).length])
    .filter(([, count]) => count)
    .map(([key, count]) => `${spell(DATA.letters[key])}${count > 1 ? count : ""}`);
  return el("span", { class: "letters", title: say("letters") }, letters.join(" "));
}

function signed(thousandths) {
  return `${thousandths < 0 ? "−" : "+"}${(Math.abs(thousandths) / 1000).toFixed(3)}`;
}

function subtechnologiesPart(row) {
  return el("ul", { class: "plain-list" }, row.u.map((id) =>
    el("li", {}, DATA.subtechnologies[id] ? spell(DATA.subtechnologies[id]) : id,
      el("span", { class: "dim" }, ` ${id}`))));
}

/** Flags with what they rest on. What another version adds to a flag is shown by its name. */
function flagsPart(row) {
  if (!row.f.length) return [el("p", { class: "dim" }, say("noFlags"), " ", spell(DATA.screening.disclaimer))];
  const known = ["rule", "level", "subtechnology", "confirmed"];
  const flags = row.f.map((flag) => {
    const name = DATA.subtechnologies[flag.subtechnology];
    const rest = Object.keys(flag).filter((key) => !known.includes(key) && !key.endsWith("_en"));
    return el("div", { class: `flag ${flag.level}` },
      el("p", {}, el("span", { class: `level ${flag.level}` }, say(flag.level)), " ",
        el("strong", {}, name ? spell(name) : (flag.subtechnology || (lang === "en" && flag.list_item_en) || flag.list_item))),
      el("dl", {},
        rest.map((key) => [key, (lang === "en" && flag[`${key}_en`]) || flag[key]])
          .filter(([, value]) => filled(value))
          .map(([key, value]) => [el("dt", {}, WORDS[key] ? say(key) : key),
            el("dd", {}, key === "cell" ? cellWords(value) : DATA[key]?.[value] ? spell(DATA[key][value]) : shownValue(row, value))]),
        el("dt", {}, say("rule")), el("dd", { class: "dim" }, String(flag.rule ?? ""),
          typeof flag.confirmed === "boolean" ? ` · ${flag.confirmed ? say("confirmed") : spell(DATA.screening.unconfirmed)}` : "")));
  });
  return [...flags, el("p", { class: "dim" }, say("decisionHere", spell(DATA.screening.decision)))];
}

/** A cell with the name of what it tells, as in `country: …`. */
function cellWords(cell) {
  const at = cell.indexOf(": ");
  const name = DATA.circumstances[cell.slice(0, at)];
  return name ? `${spell(name)}: ${cell.slice(at + 2)}` : cell;
}

function filled(value) {
  return value !== null && value !== "" && value !== false && !(Array.isArray(value) && !value.length);
}

/** Any value as text; words that stand in the project lead to their places, each word once. */
function shownValue(row, value) {
  if (Array.isArray(value)) return eachOnce(value).flatMap((one, i) => [i ? ", " : "", shownValue(row, one)]);
  if (value === null || typeof value !== "object") return String(value);
  if (Array.isArray(value.at)) return shownValue(row, eachOnce([value])[0]);
  if (Array.isArray(value.places)) {
    return [placeButton(row, String(value.text), value.places, row.g[0]?.[0] ?? 0), placeLetters(value.places)];
  }
  return Object.values(value).filter(filled).flatMap((one, i) => [i ? " · " : "", shownValue(row, one)]);
}

/** The same with all places of a word together. */
function eachOnce(values) {
  const words = new Map();
  return values.flatMap((value) => {
    if (!Array.isArray(value?.at)) return [value];
    const known = words.get(value.text);
    if (known) known.places.push(value.at);
    else words.set(value.text, { text: value.text, places: [value.at] });
    return known ? [] : [words.get(value.text)];
  });
}

function heldPart(row) {
  return el("ul", { class: "plain-list" }, row.b.map((held) => {
    const areas = held.areas.map((id) => (AREA_AT.has(id) ? areaName(AREA_AT.get(id)) : id)).join(", ");
    const word = [placeButton(row, quoted([held.term]), held.places, AREA_AT.get(held.areas[0]) ?? 0),
      held.written.length ? ` (${quoted(held.written)})` : "", placeLetters(held.places)];
    const [head, tail] = say(held.kind === "false-friend" ? "heldFriend" : "heldBeside", "\u0000", quoted(held.kept))
      .split("\u0000");
    return el("li", {}, head, word, tail,
      el("span", { class: "dim" }, [areas && ` → ${areas}`, held.note && ` · ${held.note}`].join("")));
  }));
}

/** Words in the quotes of the language. */
function quoted(words) {
  return lang === "en" ? words.map((word) => `“${word}”`).join(", ") : words.map((word) => `「${word}」`).join("");
}

function flipPart(row) {
  if (!row.w) return el("p", {}, say("noFlip", DATA.flip_words, DATA.flip_among));
  const after = row.w.after ? areaName(AREA_AT.get(row.w.after)) : say("fAreaNone");
  return el("p", {}, say("flip", quoted(row.w.words), after));
}

function unseenPart(row) {
  const gone = FIELDS.filter(([key]) => !row[key]).map(([, name]) =>
    el("li", {}, say("unseenField", say(name === "title" ? "titleField" : name))));
  return el("div", {}, el("ul", {}, ...gone, el("li", {}, say("unseenRest")),
    el("li", {}, spell(DATA.screening.not_seen)), el("li", {}, spell(DATA.screening.disclaimer))),
    el("p", { class: "dim" }, say("modelNote", DATA.model)));
}
