"""`ctclass explain` as a person runs it: four forms that say the same, and what is not there."""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser

import pytest
from conftest import ROOT

import ctclass as package

EXAMPLES = ROOT / "examples/grants.csv"
TEXT = "超伝導量子ビットの表面準位による緩和を抑え、誤り訂正符号を小さな回路で実証する。"


def ctclass(*args, cwd, stdin=None, **environ):
    done = subprocess.run(
        [sys.executable, "-m", "ctclass", *map(str, args)],
        cwd=cwd, capture_output=True, input=stdin, timeout=120, check=False,
        env=os.environ | {"PYTHONUTF8": "1", "LC_ALL": "ja_JP.UTF-8"} | environ,
    )  # fmt: skip
    done.stdout, done.stderr = done.stdout.decode(), done.stderr.decode()
    assert "Traceback" not in done.stderr
    return done


def explained(*args, cwd, **more):
    done = ctclass("explain", *args, cwd=cwd, **more)
    assert done.returncode == 0, done.stderr
    return done.stdout


class Page(HTMLParser):
    """The texts of the fields, what is marked in them, all words, and all tags of a page."""

    def __init__(self, html):
        super().__init__()
        self.fields, self.marks, self.words, self.tags, self.rows = {}, [], "", set(), {}
        self._field, self._mark, self._style = "", False, False
        self._area, self._cell = "", ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.tags.add(tag)
        assert not [name for name in found if name.startswith("on") or name == "style"]
        self._style = tag == "style"
        if tag == "section":
            self._area = found.get("data-area", "")
        if tag == "tr" and self._area:
            self.rows.setdefault(self._area, []).append(["", ""])
        self._cell = tag if tag == "th" or found.get("class") == "n" else ""
        if tag == "dd":
            self._field = found["data-field"]
            self.fields[self._field] = ""
        if tag == "mark" and self._field:
            self._mark = True
            self.marks.append([self._field, ""])

    def handle_endtag(self, tag):
        self._style = False
        self._cell = ""
        if tag == "tr" and self._area:
            term, figure = self.rows[self._area][-1]
            self.rows[self._area][-1] = term, round(float(figure) * 1000)
        if tag == "dd":
            self._field = ""
        if tag == "mark":
            self._mark = False

    def handle_data(self, data):
        if not self._style:
            self.words += data
        if self._area and self._cell:
            self.rows[self._area][-1][self._cell != "th"] += data
        if self._field:
            self.fields[self._field] += data
        if self._mark:
            self.marks[-1][1] += data


def rows_of(drawn):
    """Of each area in the terminal, by its heading: terms and what they gave, in thousandths."""
    found = {}
    heading = ""
    for line in drawn.splitlines():
        row = re.match(r"  (\S.*?) +([+-]\d+\.\d{3})(?: |$)", line)
        if row and heading:
            found.setdefault(heading, []).append((row[1], round(float(row[2]) * 1000)))
        elif line[:1] in "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯" and line:
            heading = line.removesuffix("(次点)")
    return found


def check_rows(rows, area, *, most):
    """A table of the terminal or the page against JSON: the same terms, in the same order,
    each less than a thousandth away, and they add up to the sum that is shown."""
    (_, start), *terms, (_, total) = rows
    rest = terms.pop() if len(area["terms"]) > most else None
    assert [term for term, _ in terms] == [t["term"] for t in area["terms"][:most]]
    for (_, value), term in zip(terms, area["terms"], strict=False):
        assert abs(value - term["contribution"] * 1000) < 1
    if rest:
        assert f" {len(area['terms']) - most} " in rest[0]
    assert start + sum(value for _, value in terms) + (rest[1] if rest else 0) == total
    assert total == round(area["raw"] * 1000)


@pytest.mark.parametrize("project_id", ["EX-0012", "EX-0018"])
def test_terminal_json_page_and_python_say_the_same(tmp_path, project_id):
    told = json.loads(explained(EXAMPLES, "--id", project_id, "--json", cwd=tmp_path))
    drawn = explained(EXAMPLES, "--id", project_id, cwd=tmp_path)
    explained(EXAMPLES, "--id", project_id, "--html", "p.html", cwd=tmp_path)
    page = Page((tmp_path / "p.html").read_text("utf-8"))
    flowing = re.sub(r"\n +", "", drawn)
    in_terminal = rows_of(drawn)
    assert len(in_terminal) == len(told["areas"]) == len(page.rows)
    for area in told["areas"]:
        name = f"{chr(0x245F + area['number'])} {area['label_ja']}"
        most = 8 if area["given"] else 4
        check_rows(in_terminal[name], area, most=most)
        whole = len(area["terms"]) + (3 if len(area["terms"]) > 8 else 2)
        check_rows(page.rows[area["id"]][: min(whole, 11)], area, most=8)
        assert len(page.rows[area["id"]]) == whole
        assert f"得点 {area['score']:.2f}" in drawn
        assert f"得点 {area['score']:.2f}" in page.words
    fields = {field: told[field] for field in ("title", "abstract", "keywords") if told[field]}
    assert page.fields == fields
    marks = [(mark["field"], mark["text"]) for mark in told["highlights"]]
    assert [tuple(mark) for mark in page.marks] == marks
    brackets = re.findall("【(.*?)】", flowing.split("領域と得点")[0])
    assert brackets[: len(marks)] == [text for _, text in marks]
    says_the_same_of_the_policy(told["policy"], flowing, page.words)
    for name in ("not_seen", "disclaimer", "decision"):
        assert told[name]["ja"] in flowing
        assert told[name]["ja"] in page.words
    words = [w for f in told["flags"] for w in (f["rule"], f["list_item"], f["source"])]
    words += [f"「{word}」" for word in told["flip"]["words"]]
    words += [f"「{held['term']}」" for held in told["held_back"]]
    for word in words:
        assert word in flowing
        assert word in page.words
    found = package.load().explain(
        told["abstract"], title=told["title"], keywords=told["keywords"]
    )  # fmt: skip
    assert without_cells(found.record()) | {"id": project_id} == without_cells(told)


def says_the_same_of_the_policy(policy, flowing, words):
    """The page has all that JSON has, the terminal the measures for the primary area and the
    reasons for the first strategic one."""

    def tight(text):
        return "".join(text.split())

    drawn = tight(flowing)
    for i, tier in enumerate(policy["tiers"]):
        assert len(tier["measures"]) == {"emerging": 9, "national-strategic": 16}[tier["id"]]
        for measure in tier["measures"]:
            assert measure["name"]["ja"] in words
            assert not measure["note"] or measure["note"]["ja"] in words
            assert i or tight(measure["name"]["ja"]) in drawn
    for i, reason in enumerate(policy["strategic"]):
        assert [one["id"] for one in reason["criteria"]] == ["future", "innovation", "strength"]
        for one in reason["criteria"]:
            for told in (one["name"], *one["evidence"]):
                assert told["ja"] in words
                assert i or tight(told["ja"]) in drawn
            assert all(told["ja"] in words for told in one["rests_on"])


def test_limits_and_the_line_for_people_stand_where_nothing_was_found(tmp_path):
    text = "近世の村落に残る古文書を読み解き、年貢の取り立てと村人の暮らしの関わりを明らかにする。"
    told = json.loads(explained("--text", text, "--json", cwd=tmp_path))
    assert (told["ctclass"]["screening"]["level"], told["flags"]) == ("none", [])
    assert told["policy"] is None
    assert told["highlights"] == []
    drawn = re.sub(r"\n +", "", explained("--text", text, cwd=tmp_path))
    explained("--text", text, "--html", "p.html", cwd=tmp_path)
    page = Page((tmp_path / "p.html").read_text("utf-8")).words
    for name in ("not_seen", "disclaimer", "decision"):
        assert told[name]["ja"] in drawn
        assert told[name]["ja"] in page
    assert not re.search("[【《]", drawn.partition("領域と得点")[0])


def without_cells(record):
    """The same without the way into the cells of a table, which a text alone has not."""
    text = json.dumps(record)
    return json.loads(
        text, object_hook=lambda part: {k: v for k, v in part.items() if k != "cells"}
    )


def test_the_answer_in_it_is_that_of_tag(tmp_path):
    ids = ["EX-0001", "EX-0021", "EX-0027"]
    options = [word for one in ids for word in ("--id", one)]
    told = [*map(json.loads, explained(EXAMPLES, *options, "--json", cwd=tmp_path).splitlines())]
    ctclass("tag", EXAMPLES, "-o", "t.jsonl", cwd=tmp_path)
    tagged = [json.loads(line) for line in (tmp_path / "t.jsonl").read_text("utf-8").splitlines()]
    answers = {row["研究課題/領域番号"]: row["ctclass"] for row in tagged}
    assert [one["id"] for one in told] == ids
    assert [one["ctclass"] for one in told] == [answers[one] for one in ids]


def test_places_are_those_of_the_cells(tmp_path):
    told = json.loads(explained(EXAMPLES, "--id", "EX-0012", "--json", cwd=tmp_path))
    with EXAMPLES.open(encoding="utf-8-sig", newline="") as file:
        row = next(r for r in csv.DictReader(file) if r["研究課題/領域番号"] == "EX-0012")
    places = [p for area in told["areas"] for term in area["terms"] for p in term["spans"]]
    assert len(places) > 100
    for place in places:
        (cell,) = place["cells"]
        assert row[cell["name"]][cell["start"] : cell["end"]] == place["text"]


def test_a_text_by_option_by_stdin_and_in_another_encoding(tmp_path):
    by_option = explained("--text", TEXT, "--title", "量子", "--json", cwd=tmp_path)
    for stdin in ((TEXT + "\n").encode(), (TEXT + "\r\n").encode("cp932")):
        by_stdin = explained("-", "--title", "量子", "--json", cwd=tmp_path, stdin=stdin)
        assert by_stdin == by_option
    assert json.loads(by_option)["abstract"] == TEXT


@pytest.mark.parametrize("kind", ["jsonl", "parquet", "xlsx"])
def test_a_row_of_any_table(tmp_path, kind):
    done = ctclass("tag", EXAMPLES, "-o", f"t.{kind}", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    told = json.loads(explained(f"t.{kind}", "--id", "EX-0012", "--json", cwd=tmp_path))
    first = json.loads(explained(EXAMPLES, "--id", "EX-0012", "--json", cwd=tmp_path))
    assert told == first


def test_a_table_on_stdin_by_row(tmp_path):
    table = "番号,課題名\nA,量子暗号の鍵配送の研究\nB,核融合炉のブランケットの研究\n".encode()
    told = json.loads(explained("-", "--row", "2", "--json", cwd=tmp_path, stdin=table))
    assert (told["id"], told["ctclass"]["primary"]) == ("B", "fusion")


def test_columns_named_by_hand(tmp_path):
    (tmp_path / "a.csv").write_text("k,x,y\n1,量子暗号の鍵配送の研究,なにか\n", "utf-8")
    told = json.loads(
        explained("a.csv", "--id", "1", "--id-column", "k", "--title", "x", "--abstract", "y",
                  "--json", cwd=tmp_path)
    )  # fmt: skip
    assert (told["title"], told["abstract"]) == ("量子暗号の鍵配送の研究", "なにか")


def test_an_id_that_is_not_there(tmp_path):
    done = ctclass("explain", EXAMPLES, "--id", "EX-9999", "--lang", "en", cwd=tmp_path)
    assert done.returncode == 3
    assert done.stdout == ""
    what, where, hint = done.stderr.splitlines()
    assert "EX-9999" in what
    assert "grants.csv" in where
    assert "EX-0001, EX-0002" in hint


def test_an_id_that_stands_twice(tmp_path):
    (tmp_path / "a.csv").write_text(
        "番号,課題名\n1,量子暗号の鍵配送の研究\n2,仏教の研究\n1,核融合炉のブランケットの研究\n",
        "utf-8",
    )
    done = ctclass("explain", "a.csv", "--id", "1", "--json", "--lang", "en", cwd=tmp_path)
    assert done.returncode == 0
    found = [json.loads(line)["ctclass"]["primary"] for line in done.stdout.splitlines()]
    assert found == ["quantum", "fusion"]
    assert "The id 1 stands in 2 rows (data rows 1, 3)" in done.stderr


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        ([], 2, "--text"),
        (["--text", ""], 0, "本文なし"),
        (["--text", "量子"], 0, "短すぎる"),
        (["--text", "본 연구는 양자 컴퓨터의 오류 정정 부호를 개발한다"], 0, "日本語・英語以外"),
        (["a.csv"], 2, "--id"),
        (["a.csv", "--id", "1", "--text", TEXT], 2, "--text"),
        (["--id", "1"], 2, "表"),
        (["--text", TEXT, "--abstract", "x"], 2, "表"),
        (["missing.csv", "--id", "1"], 3, "missing.csv"),
        (["a.csv", "--row", "7"], 3, "1 行"),
        (["b.csv", "--id", "1"], 3, "--id-column"),
        (["--text", TEXT, "--html", "old.html"], 2, "--force"),
        (["--text", TEXT, "--html", "nowhere/x.html"], 3, "nowhere"),
        (["--text", TEXT, "--model", "no.ctm"], 4, "no.ctm"),
        (["--text", TEXT, "--lang", "fr"], 2, "ja"),
    ],
)
def test_what_can_be_wrong(tmp_path, args, code, words):
    (tmp_path / "a.csv").write_text("番号,課題名\n1,量子暗号\n", "utf-8")
    (tmp_path / "b.csv").write_text("課題名\n量子暗号\n", "utf-8")
    (tmp_path / "old.html").write_text("kept", "utf-8")
    done = ctclass("explain", *args, cwd=tmp_path)
    assert done.returncode == code, done.stderr
    assert words in (done.stderr if code else done.stdout)
    if code:
        assert done.stdout == ""
        assert len(done.stderr.splitlines()) == 3
    assert (tmp_path / "old.html").read_text("utf-8") == "kept"


def test_a_text_that_is_too_long(tmp_path):
    text = TEXT + "あ" * 200_001
    told = json.loads(explained("-", "--json", cwd=tmp_path, stdin=text.encode()))
    assert told["ctclass"]["status"] == "too-long"
    assert told["ctclass"]["primary"] == "quantum"


def test_lone_surrogates_of_a_json_line(tmp_path):
    line = r'{"id": "1", "title": "\ud83d 量子暗号の鍵配送の研究", "abstract": "𠮷野の量子暗号"}'
    (tmp_path / "a.jsonl").write_text(line + "\n", "utf-8")
    for args in (["--json"], ["--html", "p.html"], []):
        assert explained("a.jsonl", "--id", "1", *args, cwd=tmp_path) is not None
    assert "量子暗号" in (tmp_path / "p.html").read_text("utf-8")


def test_a_page_and_json_together_and_a_page_on_stdout(tmp_path):
    both = ctclass("explain", "--text", TEXT, "--json", "--html", "p.html", cwd=tmp_path)
    assert json.loads(both.stdout)["abstract"] == TEXT
    page = ctclass("explain", "--text", TEXT, "--html", "-", cwd=tmp_path)
    assert page.stderr == ""
    assert page.stdout == (tmp_path / "p.html").read_text("utf-8")


def test_one_page_for_several(tmp_path):
    done = ctclass(
        "explain", EXAMPLES, "--id", "EX-0001", "--id", "EX-0012", "--html", "p.html",
        "--lang", "en", cwd=tmp_path,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "")
    assert "→ p.html" in done.stderr
    text = (tmp_path / "p.html").read_text("utf-8")
    assert text.count("<article>") == 2
    assert Page(text).words.count("Primary area") == 2


ATTACK = (
    '<img src=x onerror="document.title=1">"\'><script>document.title=2</script>'
    "量子暗号の研究&lt;b&gt;"
)


def test_a_text_stays_a_text(tmp_path):
    explained("--text", ATTACK, "--title", ATTACK, "--keywords", "</dd></style>",
              "--html", "p.html", cwd=tmp_path)  # fmt: skip
    html = (tmp_path / "p.html").read_text("utf-8")
    page = Page(html)
    assert page.fields["abstract"] == page.fields["title"] == ATTACK
    assert page.fields["keywords"] == "</dd></style>"
    assert not page.tags & {"img", "script", "link", "iframe"}
    assert not re.search(r"src=|href=|url\(|@import", html.replace("&lt;img src=x", ""))


@pytest.fixture
def browser():
    """Debian's chromium, or the one that `CTCLASS_CHROMIUM` names; without one the tests are
    skipped, but never where `CI=true`."""
    names = ("chromium", "chromium-browser", "google-chrome", "msedge")
    path = os.environ.get("CTCLASS_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if path is None:
        missing = "no chromium in PATH, and CTCLASS_CHROMIUM names none"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        args = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        chromium = playwright.chromium.launch(executable_path=path, args=args)
        yield chromium
        chromium.close()


def test_printed_nothing_is_folded_and_a_telephone_shows_the_bars(tmp_path, browser):
    explained(EXAMPLES, "--id", "EX-0012", "--html", "p.html", cwd=tmp_path)
    page = browser.new_page(viewport={"width": 390, "height": 800})
    page.goto((tmp_path / "p.html").as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    bars = page.locator("section[data-area=quantum] > table .bar svg")
    assert bars.count() == 8
    assert all(bars.nth(i).bounding_box()["width"] > 100 for i in range(8))
    for runner_up in page.locator(".bars .name .soft").all():
        assert runner_up.bounding_box()["height"] < 40  # one line
    folded = [page.locator("details td").first, page.locator("details li").first]
    shown = "one => one.checkVisibility({contentVisibilityAuto: true})"
    assert [one.evaluate(shown) for one in folded] == [False, False]
    page.emulate_media(media="print")
    assert [one.evaluate(shown) for one in folded] == [True, True]


def test_the_page_in_a_browser(tmp_path, browser):
    """Styles pass the page's own policy, nothing runs, nothing is fetched, nothing is too wide."""
    explained("--text", ATTACK + "。" + TEXT * 4, "--title", ATTACK, "--html", "p.html",
              cwd=tmp_path)  # fmt: skip
    page = browser.new_page()
    said, asked = [], []
    page.on("console", lambda message: said.append(message.text))
    page.on("request", lambda request: asked.append(request.url))
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 800})
        page.goto((tmp_path / "p.html").as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        colour = "getComputedStyle(document.querySelector('mark')).backgroundColor"
        assert page.evaluate(colour) in ("rgb(255, 216, 77)", "rgb(255, 243, 196)")
        assert page.title() == "ctclass: 判定の理由"
    assert page.locator("details").first.get_attribute("open") is None
    page.locator("summary").first.click()
    assert page.locator("details").first.get_attribute("open") is not None
    assert said == []
    assert {url.partition(":")[0] for url in asked} == {"file"}


def test_no_colour_in_a_pipe_and_brackets_instead(tmp_path):
    drawn = explained("--text", TEXT, cwd=tmp_path)
    assert "\x1b" not in drawn
    assert "【超伝導量子ビット】" in drawn
    assert "\x1b" not in explained("--text", "赤\x1b[31m量子暗号の研究をする", cwd=tmp_path)


def test_it_imports_only_what_it_needs(tmp_path):
    heavy = ("rich", "pandas", "sklearn", "scipy", "pyarrow", "openpyxl", "yaml", "jsonschema",
             "sqlalchemy", "distributed")  # fmt: skip
    code = (
        "import sys, atexit\n"
        f"sys.argv = ['ctclass', 'explain', '--text', {TEXT!r}, *{{more!r}}]\n"
        f"atexit.register(lambda: print([m for m in {heavy!r} if m in sys.modules]))\n"
        "from ctclass.cli import main\nmain()\n"
    )
    wanted = ((["--json"], "['yaml']"), (["--html", "p.html"], "['yaml']"),
              ([], "['rich', 'yaml']"))  # fmt: skip
    for more, expected in wanted:
        done = subprocess.run(
            [sys.executable, "-c", code.replace("{more!r}", repr(more))], cwd=tmp_path,
            capture_output=True, encoding="utf-8", check=True, env=os.environ | {"PYTHONUTF8": "1"},
        )  # fmt: skip
        assert done.stdout.splitlines()[-1] == expected
