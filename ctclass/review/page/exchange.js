// Verdicts out as labels.jsonl, and in again. A line is a label that `ctclass evaluate` reads.

/** The label of a verdict. Areas that nobody judged are null: readers of labels pass over it. */
function labelOf(index, verdict, withTexts) {
  const row = ROWS[index];
  const label = { id: row.id || `row-${row.n}`, row: row.n };
  if (withTexts) Object.assign(label, { title: row.t, abstract: row.a, keywords: row.k });
  Object.assign(label, {
    areas: verdict.areas,
    primary: verdict.areas === null ? null : (verdict.areas[0] ?? ""),
    screening: verdict.level,
    comment: verdict.comment,
    reviewer: verdict.reviewer,
    reviewed_at: verdict.at,
    source: "review",
    answer: {
      areas: machineAreas(row),
      screening: row.l,
      status: row.s,
      model: DATA.model,
    },
    review: DATA.digest,
  });
  if (row.st !== undefined) {
    label.sample = { ...DATA.strata[row.st], table: DATA.table, seed: DATA.seed };
    delete label.sample.name;
  }
  return label;
}

function labelsText(withTexts) {
  return [...VERDICTS.keys()]
    .sort((a, b) => ROWS[a].n - ROWS[b].n)
    .map((index) => `${JSON.stringify(labelOf(index, VERDICTS.get(index), withTexts))}\n`)
    .join("");
}

function download(name, text) {
  const address = URL.createObjectURL(new Blob([text], { type: "application/jsonl" }));
  const link = el("a", { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 60000);
}

/** Rows by id, to find the project of a label from another page; ids that occur twice are out. */
function rowsById() {
  const found = new Map();
  ROWS.forEach((row, index) => found.set(row.id, found.has(row.id) ? -1 : index));
  found.delete("");
  return found;
}

/** Where a label belongs: the row with its number and id, else the only one with its id. */
function rowOf(label, byNumber, byId) {
  const id = String(label.id ?? "");
  const index = byNumber.get(label.row);
  if (index !== undefined && (ROWS[index].id || `row-${label.row}`) === id) return index;
  const other = byId.get(id);
  return other === undefined || other < 0 ? null : other;
}

/** A label as a verdict; areas may be ids or numbers (0 for none). */
function verdictFrom(label) {
  if (label === null || typeof label !== "object" || Array.isArray(label)) throw new Error("{…}");
  const areas = label.areas ?? null;
  return checkedVerdict({
    areas: Array.isArray(areas) ? areas.map((area) => AREAS[area - 1]?.id ?? area) : areas,
    level: label.screening ?? null,
    comment: label.comment ?? "",
    reviewer: label.reviewer ?? "",
    at: label.reviewed_at ?? "",
  });
}

/** Sort the lines of a file: what is new, the same, in conflict, unknown here, or no label. */
function readLabels(text) {
  const byNumber = new Map(ROWS.map((row, index) => [row.n, index]));
  const byId = rowsById();
  const found = { fresh: new Map(), same: 0, conflicts: new Map(), unknown: 0, bad: [] };
  text.replace(/^\ufeff/, "").split("\n").forEach((line, at) => {
    if (!line.trim()) return;
    try {
      const label = JSON.parse(line);
      const verdict = verdictFrom(label);
      const index = rowOf(label, byNumber, byId);
      if (index === null) found.unknown++;
      else if (!VERDICTS.has(index)) found.fresh.set(index, verdict);
      else if (sameVerdict(VERDICTS.get(index), verdict)) found.same++;
      else found.conflicts.set(index, verdict);
    } catch {
      found.bad.push(at + 1);
    }
  });
  return found;
}

function sameVerdict(one, other) {
  return sameAreas(one.areas, other.areas) && one.level === other.level && one.comment === other.comment;
}

function settle(conflicts, choice) {
  for (const [index, verdict] of conflicts) {
    const newer = verdict.at > verdictOf(index).at;
    if (choice === "takeTheirs" || (choice === "takeNewest" && newer)) keepVerdict(index, verdict);
  }
}
