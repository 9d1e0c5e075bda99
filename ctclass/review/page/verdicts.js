// Verdicts: what a reviewer said of each project, kept in the browser while they go.
// A verdict is {areas: [id…] | null, level: string | null, comment, reviewer, at};
// null is what nobody has judged yet.
const VERDICTS = new Map();
const PREFIX = `ctclass-review:${DATA.digest}:`;
const store = openStore();
let unsaved = false;

function openStore() {
  try {
    const found = window.localStorage;
    found.setItem("ctclass-review:probe", "1");
    found.removeItem("ctclass-review:probe");
    return found;
  } catch {
    return null; // some policies forbid it for files
  }
}

function remember(name, value) {
  try {
    store?.setItem(`ctclass-review:${name}`, value);
  } catch {
    showBanner("fullStorage");
  }
}

function remembered(name) {
  return store?.getItem(`ctclass-review:${name}`) ?? "";
}

function loadVerdicts() {
  for (let i = 0; i < (store?.length ?? 0); i++) {
    const key = store.key(i);
    if (key.startsWith(PREFIX)) takeStored(key, store.getItem(key));
  }
}

/** A stored verdict, as this tab or another one wrote it. */
function takeStored(key, text) {
  const index = Number(key.slice(PREFIX.length));
  if (!Number.isInteger(index) || !ROWS[index]) return;
  if (text === null) {
    VERDICTS.delete(index);
    return;
  }
  try {
    VERDICTS.set(index, checkedVerdict(JSON.parse(text)));
  } catch {
    store.removeItem(key); // not ours
  }
}

/** The same verdict if it is one; raises an Error that says what is wrong with it. */
function checkedVerdict(found) {
  const { areas = null, level = null, comment = "", reviewer = "", at = "" } = found;
  if (areas !== null && !(Array.isArray(areas) && areas.every((id) => AREA_AT.has(id)))) {
    throw new Error("areas");
  }
  if (level !== null && !LEVELS.includes(level)) throw new Error("screening");
  return {
    areas: areas && [...new Set(areas)],
    level,
    comment: String(comment),
    reviewer: String(reviewer),
    at: String(at),
  };
}

function verdictOf(index) {
  return VERDICTS.get(index) ?? { areas: null, level: null, comment: "", reviewer: "", at: "" };
}

function isEmpty(verdict) {
  return verdict.areas === null && verdict.level === null && verdict.comment === "";
}

function keepVerdict(index, verdict) {
  const key = PREFIX + index;
  unsaved = true;
  try {
    if (isEmpty(verdict)) {
      VERDICTS.delete(index);
      store?.removeItem(key);
    } else {
      VERDICTS.set(index, verdict);
      store?.setItem(key, JSON.stringify(verdict));
    }
  } catch {
    showBanner("fullStorage");
  }
}

/** Change a verdict of the person who sits here. */
function judge(index, change) {
  const verdict = { ...verdictOf(index), ...change };
  verdict.reviewer = find("reviewer").value.trim();
  verdict.at = new Date().toISOString();
  keepVerdict(index, verdict);
}

/** Whether areas are the same, in their order; null, which nobody has judged, only as null. */
function sameAreas(one, other) {
  if (one === null || other === null) return one === other;
  return one.length === other.length && one.every((id, i) => id === other[i]);
}

/** `open`, `part` (areas or screening is still to be judged) or `done`. */
function stateOf(index) {
  const verdict = VERDICTS.get(index);
  if (!verdict || (verdict.areas === null && verdict.level === null)) return "open";
  return verdict.areas === null || verdict.level === null ? "part" : "done";
}

function isRight(index) {
  const verdict = VERDICTS.get(index);
  return Boolean(verdict?.areas) && sameAreas(verdict.areas, machineAreas(ROWS[index]));
}

/** A verdict in words. */
function summary(index, verdict) {
  const row = ROWS[index];
  const words = [];
  if (verdict.areas === null) words.push(say("areasOpen"));
  else if (sameAreas(verdict.areas, machineAreas(row))) words.push(say("areasRight"));
  else words.push(`${say("areasCorrected")} (${areaNames(verdict.areas)})`);
  if (verdict.level === null) words.push(say("levelOpen"));
  else if (verdict.level === row.l) words.push(say("levelSame"));
  else words.push(say("levelChanged", say(verdict.level)));
  if (verdict.comment) words.push(`${say("comment")}: ${verdict.comment}`);
  return words.join(" · ");
}
