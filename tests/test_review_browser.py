"""The reviewer's page in a real browser: Debian's chromium, or another one that is named.

`CTCLASS_CHROMIUM` names it, else it is looked for in PATH. Without one the tests are
skipped, but never where `CI=true`.
"""

import json
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from ctclass.projects import Project
from ctclass.readers.labels import read_labels
from ctclass.review.page import page as page_of
from ctclass.review.page_data import review_data
from ctclass.review.sampling import Candidate, Sampler
from ctclass.statuses import STATUSES
from ctclass.tagging.margins import Measuring, margin_of

pytestmark = pytest.mark.slow
NAMES = ("chromium", "chromium-browser", "google-chrome", "msedge")
EVIL = "<img src=x onerror=window.pwned=1></script><script>window.pwned=1</script>"
TEXTS = [
    ("量子コンピュータの誤り訂正符号", "超伝導量子ビットの誤りを表面符号で直す。", "量子計算"),
    ("核融合炉のトリチウム増殖ブランケット", "液体リチウム鉛の熱流動を測る。", "炉工学、核融合"),
    ("𠮷野ヶ里の土器の産地", "胎土の分析から交易の広がりを調べる。", "考古学"),
    ("リモートセンシングによる森林の計測", "衛星画像とドローンで樹高を測る。", "人工衛星、林業"),
    ("極超音速機の耐熱材料", "セラミックス複合材の酸化を風洞で調べる。", "スクラムジェット"),
    ("", "全固体電池の正極界面に生じる抵抗を減らす。", ""),
    ("中世の和歌の写本", "", "国文学"),
    ("カーボンニュートラルな製鉄", "水素還元による高炉の脱炭素を進める。", "水素、製鉄"),
]  # fmt: skip


def find_chromium() -> str | None:
    named = os.environ.get("CTCLASS_CHROMIUM")
    return named or next(filter(None, map(shutil.which, NAMES)), None)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    path = find_chromium()
    if path is None:
        missing = "no chromium in PATH, and CTCLASS_CHROMIUM names none"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        )
        yield browser
        browser.close()


@dataclass
class Desk:
    """A browser window of its own, and all that it asked for or complained of."""

    context: BrowserContext
    page: Page
    asked: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def open(self, path: Path) -> Page:
        self.page.goto(path.as_uri())
        expect(self.page.locator("body[data-ready]")).to_be_attached()
        return self.page


@pytest.fixture
def desk(chromium: Browser) -> Iterator[Desk]:
    """Whatever a test does: nothing is fetched, nothing breaks, nothing hits the policy."""
    with chromium.new_context(viewport={"width": 1280, "height": 800}) as context:
        found = Desk(context, context.new_page())
        context.on("request", lambda request: found.asked.append(request.url))
        context.on("console", lambda message: found.said.append(f"{message.type}: {message.text}"))
        context.on("weberror", lambda error: found.said.append(str(error.error)))
        yield found
        assert [url for url in found.asked if not url.startswith(("file:", "blob:"))] == []
        assert found.said == []


def candidates(tagger, texts):
    projects = [Project(f"P-{i:04}", *text) for i, text in enumerate(texts, 1)]
    return [
        Candidate(i, project, tagging, margin_of(tagging))
        for i, (project, tagging) in enumerate(
            zip(projects, Measuring(tagger).tag_all(projects), strict=True), 1
        )
    ]


def data_of(tagger, texts, lang="ja"):
    rows = candidates(tagger, texts)
    return review_data(tagger, rows, file="課題.csv", lang=lang, statuses=STATUSES)


def write(path: Path, data) -> Path:
    path.write_bytes(page_of(data))
    return path


@pytest.fixture(scope="module")
def small(tagger, tmp_path_factory) -> Path:
    return write(tmp_path_factory.mktemp("page") / "review.html", data_of(tagger, TEXTS))


@pytest.fixture(scope="module")
def large(tagger, tmp_path_factory) -> Path:
    """5,000 projects with abstracts of 300 characters, each with an id of its own."""
    texts = [(t, (a + "この研究では試料を作り、測定と計算を比べる。") * 8, k) for t, a, k in TEXTS]
    data = data_of(tagger, [(t, a[:300], k) for t, a, k in texts])
    rows = data["rows"]
    data["rows"] = [{**rows[i % len(rows)], "n": i + 1, "id": f"L-{i + 1:05}"} for i in range(5000)]
    return write(tmp_path_factory.mktemp("large") / "review.html", data)


def exported(page: Page, path: Path) -> list[dict]:
    page.click("#export")
    with page.expect_download() as download:
        page.click("[data-choice=exportAsk]")
    assert download.value.suggested_filename == "labels.jsonl"
    download.value.save_as(path)
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def titles(page: Page) -> list[str]:
    return page.locator(".row .title").all_inner_texts()


def test_5000_projects_open_within_three_seconds(desk, large):
    took = []
    for _ in range(3):  # the best of three: other work on the machine is not the page's fault
        desk.open(large)
        own = "performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"
        took.append(desk.page.evaluate(own))  # the script has drawn the list by then
        if min(took) < 3000:
            break
    assert 0 < min(took) < 3000, took
    expect(desk.page.locator("#count")).to_have_text("5,000 件")
    assert desk.page.locator(".row").count() < 40  # only those in sight
    desk.page.locator("#list").evaluate("list => { list.scrollTop = list.scrollHeight }")
    expect(desk.page.locator(".row").last).to_contain_text("L-05000")
    assert desk.page.locator(".row").last.get_attribute("aria-posinset") == "5000"


def test_searching_5000_projects_is_quick_and_knows_spellings(desk, large):
    page = desk.open(large)
    for typed in (
        "リモートセンシング",
        "りもーと・せんしんぐ",
        "ﾘﾓｰﾄ ｾﾝｼﾝｸﾞ",
        "リモート センシング",
    ):
        page.fill("#search", typed)
        expect(page.locator("#count")).to_have_text("625 件", timeout=2000)
    page.fill("#search", "l-00007")
    expect(page.locator("#count")).to_have_text("1 件", timeout=2000)
    page.fill("#search", "無いことば")
    expect(page.locator("#list")).to_contain_text("条件に合う研究課題がありません")


def test_filters_and_orders(desk, small):
    page = desk.open(small)
    page.select_option("#f-area", "fusion")
    assert titles(page) == ["核融合炉のトリチウム増殖ブランケット"]
    page.click("#reset")
    expect(page.locator("#count")).to_have_text("8 件")
    page.select_option("#f-area", "-")
    assert "中世の和歌の写本" in titles(page)
    page.click("#reset")
    page.select_option("#f-screening", "flagged")
    levels = page.locator(".row .level").all_inner_texts()
    assert levels
    assert set(levels) <= {"確認", "優先"}
    page.click("#reset")
    page.check("#f-strategic")
    assert "量子コンピュータの誤り訂正符号" in titles(page)
    assert "中世の和歌の写本" not in titles(page)
    page.click("#reset")
    page.select_option("#sort", "score")
    numbers = [
        float(n.split()[-1])
        for n in page.locator(".row .dot:first-child .number").all_inner_texts()
    ]
    assert numbers == sorted(numbers, reverse=True)
    page.select_option("#f-verdict", "open")
    expect(page.locator("#count")).to_have_text("8 件")


def test_highlights_are_the_readers_own_characters(desk, small, tagger):
    page = desk.open(small)
    page.click(".row:nth-child(1)")
    assert "量子コンピュータ" in page.locator("#project h1 mark").all_inner_texts()[0]
    page.click(".row:nth-child(3)")
    expect(page.locator("#project h1")).to_have_text("𠮷野ヶ里の土器の産地")
    for mark in page.locator("#project mark").all_inner_texts():
        assert any(mark in text for text in TEXTS[2])


def test_places_count_utf16(desk, tagger, tmp_path):
    page = desk.open(
        write(tmp_path / "r.html", data_of(tagger, [("𠮷𠮷𠮷の量子コンピュータ", "", "")]))
    )
    marks = page.locator("#project h1 mark").all_inner_texts()
    assert "量子コンピュータ" in marks
    assert not any("\ufffd" in mark or "の" in mark for mark in marks)


def test_contributions_add_up_to_the_sum(desk, small):
    """As they are shown, to the last digit: a reader may add them up."""
    page = desk.open(small)
    tables = 0
    for place in range(1, len(TEXTS) + 1):
        page.click(f".row:nth-child({place})")
        page.evaluate("() => document.querySelectorAll('details').forEach(d => { d.open = true })")
        for table in page.locator(".terms").all():
            shown = table.locator("tbody td.number").all_inner_texts()
            *parts, total = [Decimal(text.replace("−", "-")) for text in shown]
            assert sum(parts) == total
            tables += 1
    assert tables > len(TEXTS)


def test_the_comparison_for_the_first_place_is_shown(desk, small):
    """By the area that it decides on; a threshold stands by the others only."""
    page = desk.open(small)
    areas, said = page.locator(".part-areas .area"), page.locator(".part-areas .first-place")
    first = areas.first.locator(".first-place")
    expect(first).to_have_text(
        re.compile(r"^領域どうしの比較で主領域\(「該当なし」より \d+\.\d\d 上\)$")
    )
    expect(said).to_have_count(1)
    expect(page.locator(".part-areas .needed")).to_have_count(areas.count() - 1)
    expect(areas.first.locator(".needed")).to_have_count(0)
    page.click("#lang")
    expect(first).to_have_text(re.compile(r"^first of all areas, \d+\.\d\d ahead of none$"))
    page.click(".row:nth-child(7)")  # in no area
    expect(said).to_have_count(areas.count())
    expect(first).to_have_text(re.compile(r"^\d+\.\d\d behind none when all areas are compared$"))
    expect(page.locator(".part-areas .needed")).to_have_count(0)
    expect(page.locator(".part-areas")).not_to_contain_text("short")


def test_terms_say_in_which_fields_they_stand(desk, tagger, tmp_path):
    texts = ("量子暗号", "量子暗号と量子暗号と量子暗号と量子暗号。", "量子暗号")
    data = data_of(tagger, [texts])
    page = desk.open(write(tmp_path / "r.html", data))
    row = page.locator(".terms tr", has=page.get_by_role("button", name="量子暗号", exact=True))
    expect(row.first.locator(".letters")).to_have_text("題 概4 語")
    row.first.locator(".term").hover()
    marks = page.locator("#project mark").all_inner_texts()
    assert marks == ["量子暗号"] * 6  # every place, however many
    page.click("#lang")
    expect(row.first.locator(".letters")).to_have_text("T A4 K")


def test_words_that_did_not_count_lead_to_their_places(desk, tagger, tmp_path):
    data = data_of(tagger, [("筋の衛星細胞", "衛星細胞と光合成の本。", "")])
    kinds = [held["kind"] for held in data["rows"][0]["b"]]
    assert sorted(kinds) == ["beside-only", "false-friend"]
    page = desk.open(write(tmp_path / "r.html", data))
    held = page.locator(".part-held")
    expect(held.locator("h2")).to_have_text("数えなかった語")
    own = held.locator("li", has_text="衛星細胞")
    expect(own.locator(".letters")).to_have_text("題 概")
    own.locator(".term").hover()
    assert page.locator("#project mark").all_inner_texts() == ["衛星細胞"] * 2
    page.click("#lang")
    expect(held).not_to_contain_text("「")


def test_without_a_hit_nothing_can_be_judged(desk, small):
    page = desk.open(small)
    page.fill("#search", "無いことば")
    expect(page.locator("#project")).to_have_text("研究課題が選ばれていません")
    page.locator("#list").focus()
    page.keyboard.press("1")
    expect(page.locator("#verdict button")).to_have_count(0)
    expect(page.locator("#done-text")).to_have_text("確認済み 0 / 8 件")
    page.click("#reset")
    expect(page.locator("#project h1")).to_have_text(TEXTS[0][0])


def test_by_keyboard_from_verdict_to_labels(desk, small, model, tmp_path):
    page = desk.open(small)
    page.fill("#reviewer", "山田 花子")
    page.locator("#list").focus()
    page.keyboard.press("1")  # the first is right, and on to the second
    expect(page.locator("#place")).to_have_text("2 / 8 件目")
    page.keyboard.press("e")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")  # aviation, behind fusion
    page.keyboard.press("p")  # makes it the primary one
    expect(page.locator("[data-area=aviation] .rank")).to_have_text("主")
    page.keyboard.press("Enter")
    expect(page.locator("#state")).to_contain_text("② 航空, ⑮ フュージョンエネルギー")
    page.keyboard.press("d")
    page.keyboard.press("c")
    page.keyboard.type("1 と j は文字\u3000です")
    page.keyboard.press("Escape")
    expect(page.locator("#place")).to_have_text("2 / 8 件目")
    page.keyboard.press("j")
    page.keyboard.press("s")  # screening alone: the areas stay open
    expect(page.locator("#done-text")).to_have_text("確認済み 2 / 8 件")
    page.reload()
    expect(page.locator("#done-text")).to_have_text("確認済み 2 / 8 件")
    labels = exported(page, tmp_path / "labels.jsonl")
    first, second, third = labels
    assert (first["id"], first["row"], first["areas"][0]) == ("P-0001", 1, "quantum")
    assert first["areas"] == first["answer"]["areas"]
    assert second["areas"] == ["aviation", "fusion"]
    assert (second["primary"], second["screening"]) == ("aviation", "none")
    assert (second["comment"], second["reviewer"]) == ("1 と j は文字\u3000です", "山田 花子")
    assert third["areas"] is None
    assert third["screening"] == third["answer"]["screening"]
    read = read_labels(tmp_path / "labels.jsonl", model)
    assert [label.project_id for label in read] == ["P-0001", "P-0002"]
    assert read[1].areas == ("aviation", "fusion")
    assert read[1].project == Project("P-0002", *TEXTS[1])


def test_keys_work_while_a_japanese_input_method_is_on(desk, small):
    page = desk.open(small)
    page.locator("#list").focus()
    press = (
        "([key, code]) => document.body.dispatchEvent("
        "new KeyboardEvent('keydown', {key, code, bubbles: true}))"
    )
    page.evaluate(press, ["Process", "KeyJ"])
    expect(page.locator("#place")).to_have_text("2 / 8 件目")
    page.evaluate(press, ["ｊ", "KeyJ"])
    expect(page.locator("#place")).to_have_text("3 / 8 件目")
    page.evaluate(press, ["１", "Digit1"])
    expect(page.locator("#done-text")).to_have_text("確認済み 1 / 8 件")


def test_the_help_lists_the_keys_and_can_switch_them_off(desk, small):
    page = desk.open(small)
    page.locator("#list").focus()
    page.keyboard.press("?")
    expect(page.locator("#dialog")).to_contain_text("すべて正しいとして次へ")
    page.uncheck("#dialog input[type=checkbox]")
    page.keyboard.press("Escape")
    page.keyboard.press("1")
    expect(page.locator("#done-text")).to_have_text("確認済み 0 / 8 件")


def test_undo_takes_a_verdict_back(desk, small):
    page = desk.open(small)
    page.locator("#list").focus()
    page.keyboard.press("1")
    page.keyboard.press("k")
    page.keyboard.press("u")
    expect(page.locator("#done-text")).to_have_text("確認済み 0 / 8 件")
    page.reload()
    expect(page.locator("#done-text")).to_have_text("確認済み 0 / 8 件")


def test_judging_does_not_move_the_text_that_is_read(desk, small):
    page = desk.open(small)
    page.locator("#list").focus()
    page.evaluate("() => { document.getElementById('scroll').scrollTop = 60 }")
    for key in ("e", "Escape", "s", "c", "Escape"):
        page.keyboard.press(key)
    assert page.evaluate("document.getElementById('scroll').scrollTop") == 60


LONG = "式の整理が要る。" * 40


@pytest.mark.parametrize(
    ("press", "shows", "what"),
    [
        ("#right", "#place", "2 / 8 件目"),
        ("#edit", ".editor legend", "領域を直す"),
        (".levels label.none", "#state", "技術流出: "),
        (".levels label.check", "#state", "技術流出: "),
        (".levels label.priority", "#state", "技術流出: "),
        ("#next", "#place", "2 / 8 件目"),
        ("#next-open", "#place", "2 / 8 件目"),
        (".row:nth-child(4)", "#place", "4 / 8 件目"),
        ("#undo", "#state", ""),
        ("#help", "#dialog-title", "キー操作と使い方"),
        ("#export", "#dialog-title", "labels.jsonl に書き出す"),
        ("#lang", "#export", "Export"),
    ],
)
@pytest.mark.parametrize(("width", "comment"), [(1280, "表現が曖昧"), (390, LONG)])
def test_a_press_after_a_comment_does_what_it_says(desk, small, width, press, shows, what, comment):
    """The press ends the typing: the button must not be replaced or moved before it is let go."""
    if width == 390 and press.startswith((".row", "#help", "#export", "#lang")):
        return  # the list is another view there
    page = desk.open(small)
    page.set_viewport_size({"width": width, "height": 844})
    page.click(".row:nth-child(1)")
    page.fill("#reviewer", "山田") if width == 1280 else None
    page.click("#comment")
    page.keyboard.insert_text(comment)
    where = page.locator(press).bounding_box()
    assert where is not None
    page.mouse.move(where["x"] + where["width"] / 2, where["y"] + where["height"] / 2)
    page.mouse.down()
    assert page.locator(press).bounding_box() == where
    page.mouse.up()
    expect(page.locator(shows)).to_contain_text(what)
    if press == "#undo":
        expect(page.locator("#comment")).to_have_value("")
    else:
        (kept,) = page.evaluate(
            "() => Object.keys(localStorage).filter(key => /:[0-9a-f]{16}:0$/.test(key))"
            ".map(key => JSON.parse(localStorage[key]).comment)"
        )
        assert kept == comment


def test_a_comment_is_kept_while_it_is_typed(desk, small):
    page = desk.open(small)
    page.click("#comment")
    page.keyboard.insert_text("書きかけ")
    expect(page.locator(".row").first).to_have_attribute("data-state", "open")
    page.reload()
    expect(page.locator("#comment")).to_have_value("書きかけ")
    page.fill("#comment", "")
    expect(page.locator("#undo")).to_be_disabled()


@pytest.mark.parametrize("width", [1280, 390])
def test_a_long_comment_leaves_room_to_read(desk, small, width):
    page = desk.open(small)
    page.set_viewport_size({"width": width, "height": 800})
    page.click(".row:nth-child(1)")
    page.fill("#comment", LONG[:400])
    box = page.locator("#verdict").bounding_box()
    assert box is not None
    assert box["height"] < 800 * 0.35


@pytest.mark.parametrize(
    "leave", ["j", "n", "row", "next", "lang", "reload", "export", "Escape in the search"]
)
def test_ticks_are_kept_however_one_leaves(desk, small, tmp_path, leave):
    page = desk.open(small)
    page.locator("#list").focus()
    page.keyboard.press("e")
    page.check(".editor input[value=space]")
    if leave == "row":
        page.click(".row:nth-child(4)")
    elif leave in ("next", "lang"):
        page.click(f"#{leave}")
    elif leave == "reload":
        page.reload()
    elif leave == "Escape in the search":
        page.fill("#search", "森林")
        expect(page.locator("#count")).to_have_text("1 件")
    elif leave != "export":
        page.keyboard.press(leave)
    (label,) = exported(page, tmp_path / "labels.jsonl")
    assert label["areas"] == [*label["answer"]["areas"], "space"]


def test_looking_at_the_boxes_says_nothing(desk, small):
    page = desk.open(small)
    page.locator("#list").focus()
    page.keyboard.press("e")
    page.keyboard.press("j")
    page.keyboard.press("e")
    page.check(".editor input[value=space]")
    page.uncheck(".editor input[value=space]")
    page.keyboard.press("j")
    expect(page.locator(".row[data-state=open]")).to_have_count(8)


def test_cancel_takes_the_ticks_back_and_nothing_else(desk, small, tmp_path):
    page = desk.open(small)
    page.locator("#list").focus()
    page.keyboard.press("1")
    page.keyboard.press("k")
    before = exported(page, tmp_path / "before.jsonl")
    page.keyboard.press("e")
    page.check(".editor input[value=space]")
    expect(page.locator(".row").first).to_have_attribute("data-state", "done")
    page.click("#edit-cancel")
    assert exported(page, tmp_path / "after.jsonl") == before


def test_no_key_speaks_over_the_ticks(desk, small, tmp_path):
    """While areas are corrected the other buttons are away, and so are their keys."""
    page = desk.open(small)
    page.locator("#list").focus()
    page.keyboard.press("e")
    page.check(".editor input[value=space]")
    for button in ("#right", "#edit", "#undo", ".levels", "#comment"):
        expect(page.locator(button)).to_be_hidden()
    for key in "1sdluc":
        page.keyboard.press(key)
    expect(page.locator("#place")).to_have_text("1 / 8 件目")
    expect(page.locator("#edit-done")).to_be_visible()
    page.click("#edit-done")
    expect(page.locator("#right")).to_be_visible()
    (label,) = exported(page, tmp_path / "labels.jsonl")
    assert label["areas"] == ["quantum", *label["answer"]["areas"][1:], "space"]
    assert (label["screening"], label["comment"]) == (None, "")


def test_no_area_is_a_verdict_too(desk, small, tmp_path, model):
    page = desk.open(small)
    page.locator("#list").focus()
    page.keyboard.press("e")
    page.uncheck(".editor input[value=quantum]")
    expect(page.locator(".editor input:checked")).to_have_count(0)
    page.click("#edit-done")
    (label,) = exported(page, tmp_path / "labels.jsonl")
    assert (label["areas"], label["primary"]) == ([], "")
    (read,) = read_labels(tmp_path / "labels.jsonl", model)
    assert (read.areas, read.primary) == ((), "")


def test_import_goes_on_where_another_browser_stopped(desk, chromium, small, tmp_path):
    page = desk.open(small)
    page.fill("#reviewer", "佐藤")
    page.locator("#list").focus()
    for _ in range(3):
        page.keyboard.press("1")
    file = tmp_path / "labels.jsonl"
    exported(page, file)
    with chromium.new_context() as other:
        fresh = other.new_page()
        fresh.goto(small.as_uri())
        expect(fresh.locator("#done-text")).to_have_text("確認済み 0 / 8 件")
        fresh.set_input_files("#import-file", file)
        expect(fresh.locator("#dialog")).to_contain_text("新しく取り込んだ判定: 3 件")
        fresh.click("[data-choice=close]")
        expect(fresh.locator("#done-text")).to_have_text("確認済み 3 / 8 件")
        fresh.locator("#list").focus()
        fresh.keyboard.press("n")
        fresh.keyboard.press("1")
        again = exported(fresh, tmp_path / "again.jsonl")
    assert len(again) == 4
    assert again[:3] == [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    page.set_input_files("#import-file", tmp_path / "again.jsonl")
    expect(page.locator("#dialog")).to_contain_text("同じ: 3 件")
    page.click("[data-choice=close]")
    expect(page.locator("#done-text")).to_have_text("確認済み 4 / 8 件")


@pytest.mark.parametrize(
    ("choice", "areas"),
    [("keepMine", ["quantum"]), ("takeTheirs", ["space"]), ("takeNewest", ["quantum"])],
)
def test_conflicts_are_said_and_settled(desk, small, tmp_path, choice, areas):
    page = desk.open(small)
    page.locator("#list").focus()
    page.keyboard.press("1")
    labels = exported(page, tmp_path / "mine.jsonl")
    theirs = labels[0] | {"areas": [16], "reviewer": "鈴木", "reviewed_at": "2020-01-01T00:00:00Z"}
    unknown = {"id": "X-9", "areas": ["space"], "primary": "space"}
    lines = [
        json.dumps(theirs),
        json.dumps(unknown),
        "{broken",
        json.dumps({"id": "P-0002", "areas": ["nowhere"]}),
        "[]",
    ]
    (tmp_path / "theirs.jsonl").write_text("\ufeff" + "\r\n".join(lines), "utf-8")
    page.set_input_files("#import-file", tmp_path / "theirs.jsonl")
    dialog = page.locator("#dialog")
    for words in ("食い違うもの: 1 件", "ない研究課題: 1 件", "読めない行: 3 行", "鈴木", "⑯ 宇宙"):
        expect(dialog).to_contain_text(words)
    page.click(f"[data-choice={choice}]")
    (kept,) = exported(page, tmp_path / "kept.jsonl")
    assert kept["areas"][: len(areas)] == areas


def test_nothing_in_the_data_becomes_markup(desk, tagger, tmp_path):
    data = data_of(tagger, [(EVIL, "量子コンピュータ" + EVIL, EVIL), *TEXTS])
    data["rows"][0]["id"] = EVIL
    data["file"] = EVIL
    data["rows"][0]["f"] = [{"rule": EVIL, "level": "check", "source": EVIL, "new": [EVIL]}]
    data["rows"][0]["b"] = [{
        "term": EVIL, "kind": "false-friend", "kept": [EVIL], "areas": [EVIL], "note": EVIL,
        "written": [EVIL], "places": [["a", 0, 4]],
    }]  # fmt: skip
    page = desk.open(write(tmp_path / "review.html", data))
    page.locator("#list").focus()
    page.fill("#reviewer", EVIL)
    page.fill("#comment", EVIL)
    page.locator("#comment").blur()
    page.fill("#search", EVIL)
    expect(page.locator("#count")).to_have_text("1 件")
    expect(page.locator("#project h1")).to_have_text(EVIL)
    for part in (".part-abstract", ".part-keywords", ".part-flags", ".part-held", "#state"):
        expect(page.locator(part)).to_contain_text(EVIL)
    label = {
        "id": "P-0002",
        "areas": ["space"],
        "comment": EVIL,
        "reviewer": EVIL,
        "reviewed_at": EVIL,
    }
    mine = {"id": EVIL, "areas": [], "comment": EVIL + "?"}
    evil = {"id": EVIL, "areas": [EVIL], "screening": EVIL}
    lines = "\n".join(map(json.dumps, (label, mine, evil)))
    (tmp_path / "labels.jsonl").write_text(lines, "utf-8")
    page.set_input_files("#import-file", tmp_path / "labels.jsonl")
    expect(page.locator("#dialog")).to_contain_text(EVIL)
    page.click("[data-choice=takeTheirs]")
    page.click("#print")
    page.locator("[data-choice=printList]").wait_for()
    page.click("[data-choice=cancel]")
    page.emulate_media(media="print")
    page.pdf()
    assert page.locator("img").count() == 0
    assert page.locator("script").count() == 2
    assert page.evaluate("window.pwned") is None


def test_flags_are_shown_with_all_that_they_rest_on(desk, tagger, tmp_path):
    """What a later version adds to a flag is shown too, its words where they stand."""
    data = data_of(tagger, TEXTS[:1])
    data["rows"][0]["f"] = [{
        "rule": "list:x", "level": "priority", "subtechnology": "quantum/computing",
        "list_item": "9 量子情報科学", "list_item_en": "9 Quantum information", "source": "指針",
        "source_en": "", "confirmed": False, "rests_on": "words", "cell": "", "unheard_of": [1, 2],
        "words": [{"text": "誤り訂正", "at": ["t", 9, 13]},
                  {"text": "表面符号", "at": ["a", 12, 16]},
                  {"text": "誤り訂正", "at": ["a", 9, 11]}],
    }]  # fmt: skip
    page = desk.open(write(tmp_path / "review.html", data))
    flag = page.locator(".flag.priority")
    for words in ("9 量子情報科学", "指針", "未確認", "unheard_of", "1, 2", "リストの語"):
        expect(flag).to_contain_text(words)
    expect(flag).not_to_contain_text("Quantum information")
    expect(flag.locator(".letters")).to_have_text(["題 概", "概"])  # each word once
    flag.get_by_role("button", name="誤り訂正").hover()
    assert page.locator("#project mark").all_inner_texts() == ["誤り訂正", "誤り"]
    page.click("#lang")
    expect(flag).to_contain_text("9 Quantum information")


def test_the_policy_stops_what_would_be_markup(chromium, small):
    """The net below the net: were there a slip, the browser itself would refuse."""
    with chromium.new_context() as context:
        page = context.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.goto(small.as_uri())
        failed = page.evaluate(
            "() => { try { document.body.innerHTML = '<b>x</b>' } catch (e) { return e.name } }"
        )
        assert failed == "TypeError"
        page.evaluate("() => { new Image().src = 'http://127.0.0.1:9/x.png' }")
        page.evaluate("() => fetch('http://127.0.0.1:9/').catch(() => null)")
        assert len([text for text in said if "Content Security Policy" in text]) >= 2


def test_without_storage_the_page_says_so_and_works(desk, small, tmp_path):
    """A sandboxed frame has no storage, as files under some policies have none."""
    frame_page = tmp_path / "frame.html"
    frame_page.write_text(
        f'<iframe sandbox="allow-scripts allow-downloads" src="{small.as_uri()}"'
        ' width="1200" height="700"></iframe>',
        "utf-8",
    )
    desk.page.goto(frame_page.as_uri())
    frame = desk.page.frame_locator("iframe")
    expect(frame.locator("#banner")).to_contain_text("途中経過を保存できません")
    frame.locator("#right").click()
    expect(frame.locator("#done-text")).to_have_text("確認済み 1 / 8 件")
    frame.locator("#export").click()
    with desk.page.expect_download() as download:
        frame.locator("[data-choice=exportAsk]").click()
    assert json.loads(Path(download.value.path()).read_text("utf-8"))["id"] == "P-0001"


def test_both_languages(desk, small):
    page = desk.open(small)
    assert page.evaluate("document.documentElement.lang") == "ja"
    expect(page.locator("#export")).to_have_text("書き出す")
    page.click("#lang")
    assert page.evaluate("document.documentElement.lang") == "en"
    expect(page.locator("#export")).to_have_text("Export")
    expect(page.locator("#count")).to_have_text("8 projects")
    expect(page.locator("#project")).to_contain_text("no proof of safety")
    own = page.evaluate(
        "() => { const t = document.body.cloneNode(true);"
        " t.querySelectorAll('script, #lang, #file, .row, h1, .text, .terms, .plain-list, .flag,"
        " noscript, .part-flips, [hidden]').forEach(x => x.remove()); return t.textContent }"
    )
    assert re.findall(r"[\u3040-\u30ff\u4e00-\u9fff]+", own) == []
    page.reload()
    expect(page.locator("#export")).to_have_text("Export")


def test_one_pane_on_a_telephone(desk, small):
    desk.page.set_viewport_size({"width": 390, "height": 844})
    page = desk.open(small)
    wide = "document.documentElement.scrollWidth"
    assert page.evaluate(wide) <= 390
    expect(page.locator("#project-pane")).to_be_hidden()
    page.click(".row:nth-child(2)")
    expect(page.locator("#list-pane")).to_be_hidden()
    assert page.evaluate(wide) <= 390
    page.click("#edit")
    assert page.evaluate(wide) <= 390
    page.click("#edit-done")
    page.click("#back")
    expect(page.locator("#project-pane")).to_be_hidden()
    expect(page.locator(".row:nth-child(2)")).to_have_attribute("data-state", "part")


def test_a_window_that_becomes_wide_shows_a_project(desk, small):
    desk.page.set_viewport_size({"width": 390, "height": 844})
    page = desk.open(small)
    expect(page.locator("#project h1")).to_have_count(0)
    page.set_viewport_size({"width": 1280, "height": 800})
    expect(page.locator("#project h1")).to_have_text(TEXTS[0][0])


def test_prints_on_a4(desk, small):
    page = desk.open(small)
    page.locator("#list").focus()
    page.keyboard.press("1")
    page.keyboard.press("k")
    one = page.pdf(prefer_css_page_size=True)
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", one)
    assert boxes
    assert {(round(float(w)), round(float(h))) for w, h in boxes} <= {(595, 842), (596, 842)}
    page.emulate_media(media="print")
    expect(page.locator("#list-pane")).to_be_hidden()
    expect(page.locator(".acts")).to_be_hidden()
    expect(page.locator("#project h1")).to_be_visible()
    expect(page.locator("#state")).to_be_visible()
    page.evaluate("() => { window.print = () => {} }")  # a dialog of the system, nothing of ours
    page.emulate_media(media="screen")
    page.click("#print")
    page.click("[data-choice=printList]")
    page.emulate_media(media="print")
    expect(page.locator("#print-list tbody tr")).to_have_count(8)
    expect(page.locator("#project")).to_be_hidden()
    expect(page.locator("#print-list")).to_contain_text("領域: 正しい")
    expect(page.locator("#print-list th").first).to_have_text("課題番号")


def test_ids_are_printed_on_one_line(desk, tagger, tmp_path):
    data = data_of(tagger, TEXTS)
    for i, row in enumerate(data["rows"]):
        row["id"] = f"KAKENHI-PROJECT-23K{i:05}"
        row["t"] = TEXTS[1][0] * 4
    page = desk.open(write(tmp_path / "r.html", data))
    page.set_viewport_size({"width": 688, "height": 1000})  # A4 less its margins
    page.evaluate("() => { window.print = () => {} }")
    page.click("#print")
    page.click("[data-choice=printList]")
    page.emulate_media(media="print")
    heights = page.evaluate(
        "() => [...document.querySelectorAll('#print-list tbody td:first-child')].map(cell =>"
        " { const range = document.createRange(); range.selectNodeContents(cell);"
        " return range.getClientRects().length })"
    )
    assert heights == [1] * 8
    assert page.evaluate("document.documentElement.scrollWidth") <= 688


def test_the_terms_of_all_areas_are_printed(desk, small):
    page = desk.open(small)
    tables = page.locator(".terms")
    assert tables.count() > 1
    assert [table.is_visible() for table in tables.all()].count(True) == 1
    page.emulate_media(media="print")
    assert all(table.is_visible() for table in tables.all())
    page.emulate_media(media="screen")
    page.evaluate("() => window.dispatchEvent(new Event('beforeprint'))")  # any browser
    assert page.locator("#project details:not([open])").count() == 0
    page.evaluate("() => window.dispatchEvent(new Event('afterprint'))")
    assert page.locator("#project details[open]").count() == 1


def test_every_control_has_a_name_and_a_visible_focus(desk, small):
    page = desk.open(small)
    page.click("#edit")
    nameless = page.evaluate(
        """() => {
          const named = (x) => x.getAttribute('aria-label')
            || (x.tagName !== 'SELECT' && x.textContent.trim())
            || [...(x.labels ?? [])].some((label) => label.textContent.trim());
          const kinds = 'button, input:not([hidden]), select, textarea, [role=listbox], progress';
          return [...document.querySelectorAll(kinds)].filter((x) => !named(x))
            .map((x) => x.outerHTML);
        }"""
    )
    assert nameless == []
    page.click("#edit-cancel")
    page.locator("#search").focus()
    unseen = []
    for _ in range(20):
        page.keyboard.press("Tab")
        found = page.evaluate(
            "() => { const x = document.activeElement, all = [x, x.closest('label') ?? x];"
            " const widths = all.map((y) => parseFloat(getComputedStyle(y).outlineWidth));"
            " return [x.id || x.className, Math.max(...widths)] }"
        )
        if found[1] < 2:
            unseen.append(found)
    assert unseen == []


def test_a_sampled_page_carries_strata_and_weights(desk, tagger, tmp_path):
    sampler = Sampler(6)
    for row in candidates(tagger, TEXTS * 3):
        sampler.offer(row)
    sample = sampler.draw()
    rows = [candidate for candidate, _ in sample.rows]
    data = review_data(tagger, rows, file="t.csv", lang="ja", statuses=STATUSES, sample=sample)
    page = desk.open(write(tmp_path / "review.html", data))
    expect(page.locator("#f-stratum")).to_be_visible()
    page.locator("#list").focus()
    for _ in rows:
        page.keyboard.press("1")
    labels = exported(page, tmp_path / "labels.jsonl")
    by_row = {c.row: s for c, s in sample.rows}
    assert len(labels) == 6
    for label in labels:
        stratum = by_row[label["row"]]
        assert label["sample"] == {
            "stratum": stratum.stratum, "rows": stratum.rows, "drawn": stratum.drawn,
            "weight": stratum.rows / stratum.drawn, "table": 24, "seed": 7,
        }  # fmt: skip


def test_two_tabs_see_each_other(desk, small):
    first = desk.open(small)
    second = desk.context.new_page()
    second.goto(small.as_uri())
    second.locator("#list").focus()
    second.keyboard.press("1")
    expect(first.locator("#done-text")).to_have_text("確認済み 1 / 8 件")


def two_tabs(desk, small) -> tuple[Page, Page]:
    """Two tabs of one page with the first project in view, and a reviewer each."""
    first, second = desk.open(small), desk.context.new_page()
    second.goto(small.as_uri())
    for page, reviewer in ((first, "甲"), (second, "乙")):
        page.fill("#reviewer", reviewer)
        page.locator("#list").focus()
    return first, second


@pytest.mark.parametrize("ticked", [False, True])
def test_cancel_takes_back_nothing_that_another_tab_said(desk, small, tmp_path, ticked):
    first, second = two_tabs(desk, small)
    first.keyboard.press("e")
    if ticked:
        first.check(".editor input[value=space]")
        expect(second.locator("#state")).to_contain_text("⑯ 宇宙")
    second.keyboard.press("1")
    expect(first.locator("#done-text")).to_have_text("確認済み 1 / 8 件")
    first.keyboard.press("Escape")
    expect(first.locator(".editor")).to_have_count(0)
    (label,) = exported(first, tmp_path / "labels.jsonl")
    assert label["areas"] == label["answer"]["areas"]
    assert (label["screening"], label["reviewer"]) == (label["answer"]["screening"], "乙")


def test_the_boxes_show_what_another_tab_said(desk, small, tmp_path):
    first, second = two_tabs(desk, small)
    first.keyboard.press("e")
    first.focus(".editor input[value=space]")
    second.keyboard.press("e")
    second.check(".editor input[value=ocean]")
    expect(first.locator(".editor input[value=ocean]")).to_be_checked()
    expect(first.locator(".editor input[value=space]")).to_be_focused()
    first.keyboard.press("Space")
    first.keyboard.press("Enter")
    (label,) = exported(first, tmp_path / "labels.jsonl")
    assert label["areas"] == [*label["answer"]["areas"], "ocean", "space"]


def test_cancel_takes_the_ticks_back_beside_a_level_of_another_tab(desk, small, tmp_path):
    first, second = two_tabs(desk, small)
    first.keyboard.press("e")
    first.check(".editor input[value=space]")
    expect(second.locator("#state")).to_contain_text("⑯ 宇宙")
    second.keyboard.press("d")
    expect(first.locator("#state")).to_contain_text("乙")
    first.focus(".editor input[value=space]")
    first.keyboard.press("Escape")
    (label,) = exported(first, tmp_path / "labels.jsonl")
    assert (label["areas"], label["screening"], label["reviewer"]) == (None, "none", "乙")


def test_cancel_brings_back_no_verdict_that_another_tab_undid(desk, small):
    first, second = two_tabs(desk, small)
    first.keyboard.press("1")
    first.keyboard.press("k")
    expect(second.locator("#done-text")).to_have_text("確認済み 1 / 8 件")
    first.keyboard.press("e")
    second.keyboard.press("u")
    expect(first.locator("#done-text")).to_have_text("確認済み 0 / 8 件")
    first.click("#edit-cancel")
    expect(first.locator(".row[data-state=open]")).to_have_count(8)


def test_a_verdict_on_another_project_leaves_the_one_in_view_alone(desk, small, tmp_path):
    first, second = two_tabs(desk, small)
    first.keyboard.press("1")
    first.keyboard.press("k")
    expect(second.locator("#done-text")).to_have_text("確認済み 1 / 8 件")
    before = exported(first, tmp_path / "before.jsonl")
    first.fill("#reviewer", "丙")
    first.click("#edit")
    first.check(".editor input[value=space]")
    second.keyboard.press("j")
    second.keyboard.press("1")
    expect(first.locator("#done-text")).to_have_text("確認済み 2 / 8 件")
    first.click("#edit-cancel")
    assert exported(first, tmp_path / "after.jsonl")[:1] == before


def test_the_same_data_give_the_same_page(tagger):
    assert page_of(data_of(tagger, TEXTS)) == page_of(data_of(tagger, TEXTS))
