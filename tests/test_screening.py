"""Screening for 技術流出: rules as data, levels, traces, circumstances, operating points."""

import json
import shutil
import time
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import yaml

from ctclass.check.screening import check_screening
from ctclass.circumstances import FIELDS as COLUMN_FIELDS
from ctclass.circumstances import is_about_people, met_conditions, yen_of
from ctclass.errors import ModelError, Phrase, UsageError
from ctclass.headings import find_columns
from ctclass.learning.build import build_model
from ctclass.learning.screening import JUDGED, Material, choose_point, hear
from ctclass.model.background import Background
from ctclass.model.file import dump_model, read_model
from ctclass.model.screening_table import Taught, read_taught, write_taught
from ctclass.projects import Project
from ctclass.readers.judgements import SOURCE
from ctclass.readers.labels import Label
from ctclass.rules import LEVELS, MADE, NAMED, USED, Point
from ctclass.tagging.listed import Sense
from ctclass.tagging.screen import DECISION, DISCLAIMER, NOT_SEEN, RESTS_ON, UNCONFIRMED, level_of
from ctclass.tagging.tag import COLUMNS, RECALL, Tagger
from ctclass.taxonomy.areas import read_taxonomy
from tests.test_cli import ctclass

ROOT = Path(__file__).resolve().parent.parent
CASES = yaml.safe_load((ROOT / "tests" / "cases" / "screening.yaml").read_text("utf-8"))
FULL = ("スクラムジェットエンジンの燃焼器の開発", "", "")
MIDDLE = "高出力電池に使う固体電解質の合成"


def project(title="", abstract="", keywords="", circumstances=()):
    return Project("", title, abstract, keywords, circumstances)


@pytest.fixture(scope="module")
def wide(model):
    return Tagger(model, recall=True)


@pytest.fixture(scope="module")
def answers(tagger):
    """The answers for the sentences of the cases: what fires, and what nearly does."""
    fires = tagger.tag_all([project(abstract=case["fires"]) for case in CASES])
    return fires, tagger.tag_all([project(abstract=case["near_miss"]) for case in CASES])


def rules(tagging):
    return [flag.rule for flag in tagging.flags]


def test_every_rule_has_a_sentence_and_a_near_miss(taxonomy):
    known = [technology.rule for _, technology in taxonomy.screening.technologies()]
    assert sorted(case["rule"] for case in CASES) == sorted(known)
    items = {listed.item.id for listed in taxonomy.screening.items}
    assert items == {case["rule"].rpartition(":")[0] for case in CASES}


@pytest.mark.parametrize("number", range(len(CASES)), ids=[case["rule"] for case in CASES])
def test_a_rule_fires_and_its_near_miss_does_not(answers, number):
    case, (fires, near) = CASES[number], answers
    assert case["rule"] in rules(fires[number]), case["fires"]
    assert case["rule"] not in rules(near[number]), case["near_miss"]


def test_a_near_miss_holds_a_word_of_its_rule(taxonomy, segmenter):
    """Otherwise it could not fail."""

    def runs(units):
        return {tuple(units[i:j]) for i in range(len(units)) for j in range(i + 1, len(units) + 1)}

    known = {technology.rule: technology for _, technology in taxonomy.screening.technologies()}
    for case in CASES:
        text = case["near_miss"]
        held = runs(segmenter.units(text))
        words = [word.term for word in known[case["rule"]].words]
        assert any(w in text or tuple(segmenter.units(w)) in held for w in words), case["rule"]


def test_near_misses_are_seldom_flagged_by_anything_else(answers):
    """A sentence of a score of letters that names a listed technology sounds like its area: what
    was learned takes one in five for `check`, and hardly any for `priority`."""
    found = [near.screening for near in answers[1]]
    assert sum(level != "none" for level in found) <= len(CASES) // 4
    assert found.count("priority") <= 3


def test_the_lists_of_the_task_are_all_there(taxonomy):
    items = [listed.item.id for listed in taxonomy.screening.items]
    size = {name: sum(i.startswith(f"{name}-") for i in items) for name in (
        "field-20", "kprogram-1", "kprogram-2", "outbound", "patent", "goods",
    )}  # fmt: skip
    assert size == {
        "field-20": 20, "kprogram-1": 27, "kprogram-2": 23, "outbound": 10, "patent": 25,
        "goods": 16,
    }  # fmt: skip
    assert {f"export-{n}" for n in (*range(1, 17), "3-2")} <= set(items)
    assert {"action-plan-disruptive", "action-plan-superior", "action-plan-dependent"} <= set(items)
    assert {"signal-dual-use", "signal-know-how", "signal-kprogram", "wording-wmd"} <= set(items)


def test_every_technology_of_the_taxonomy_of_a_strategic_area_has_a_field(taxonomy):
    known = {s for listed in taxonomy.screening.items for s in listed.subtechnologies}
    strategic = {s.id for area, s in taxonomy.subtechnologies() if area.strategic}
    assert strategic <= known


def test_what_nobody_confirmed_is_marked(taxonomy):
    by_id = {listed.item.id: listed.item for listed in taxonomy.screening.items}
    assert by_id["field-20-9"].confirmed
    assert not by_id["field-20-20"].confirmed
    assert not by_id["export-2"].confirmed  # its examples are ours in part
    columns = {c.item.id: c.item.confirmed for c in taxonomy.screening.conditions}
    for one, other in (("kprogram", "kprogram"), ("implementation", "social-implementation")):
        assert columns[f"meta-programme-{one}"] == by_id[f"signal-{other}"].confirmed
    assert not any(item.confirmed for name, item in by_id.items() if name.startswith("patent-"))
    assert all(item.source_ja and item.source_en for item in by_id.values())


def test_a_trace_has_its_words_where_they_stand(tagger):
    abstract = "<BR>本研究では、ｽｸﾗﾑｼﾞｪｯﾄ ｴﾝｼﾞﾝの燃焼器を開発する。極超音速 機に載せる。"
    found = tagger.tag(project("燃焼器の研究", abstract, "極超音速飛行 / 燃焼"))
    words = [word for flag in found.flags for word in flag.words]
    fields = {"title": "燃焼器の研究", "abstract": abstract, "keywords": "極超音速飛行 / 燃焼"}
    assert {"abstract", "keywords"} <= {word.field for word in words}
    for word in words:
        assert fields[word.field][word.start : word.end] == word.text
    assert any(word.text.startswith("ｽｸﾗﾑｼﾞｪｯﾄ") for word in words)


def test_every_flag_says_what_it_rests_on(answers):
    for found in answers[0]:
        for flag in found.flags:
            assert flag.list_item
            assert flag.list_item_en
            assert flag.source
            assert flag.source_en
            assert flag.level in LEVELS[1:]
            assert flag.rests_on in RESTS_ON
            assert flag.words or flag.rests_on == "technology"
        assert found.screening == level_of(found.flags)
        assert [f.level for f in found.flags] == sorted(
            (f.level for f in found.flags), key=LEVELS.index, reverse=True
        )


def test_flags_are_plain_data(tagger):
    flags = tagger.tag(project(*FULL)).flags
    assert json.loads(json.dumps([asdict(flag) for flag in flags]))[0]["words"][0]["start"] == 0


def test_a_technology_gives_a_flag_its_list(tagger):
    flags = tagger.tag(project("量子鍵配送の実装安全性", "", "量子暗号")).flags
    by_rule = {flag.rule: flag for flag in flags}
    flag = by_rule["field-20-9:quantum/communication-cryptography"]
    assert (flag.subtechnology, flag.rests_on) == (
        "quantum/communication-cryptography", "technology",
    )  # fmt: skip
    assert flag.confirmed


def test_learned_terms_alone_name_the_nearest_item_and_say_so(tagger, model):
    bare = replace(model, rules=replace(model.rules, patterns=(), subtechnologies=()))
    about = "エピタキシャル成長とゲート絶縁膜の界面制御により、低損失なパワーデバイスを実現する。"
    found = Tagger(bare).tag(project("窒化ガリウム縦型パワートランジスタの高耐圧化", about))
    (flag,) = found.flags
    assert flag.rule == "field-20-5:learned"
    assert flag.rests_on == "learned"
    assert flag.words


def test_making_counts_and_using_does_not():
    sense = Sense(read_model().rules.cues)

    def how(text, word):
        at = text.index(word)
        return sense.of(text, at, at + len(word))

    assert how("合成開口ソナーの開発", "合成開口ソナー") == MADE
    assert how("ソナーを用いた魚群の観察手法の開発", "ソナー") == USED
    assert how("ソナーによる調査", "ソナー") == USED
    assert how("ソナーは便利だ。新しい装置の開発", "ソナー") == NAMED
    assert how("We observe fish using sonar.", "sonar") == USED
    assert how("development of sonar arrays", "sonar") == MADE
    assert how("development of compact sonar arrays", "sonar") == MADE
    for word in ("with", "under", "about", "over", "of", "for"):
        assert how(f"development of robots {word} sonar", "sonar") != MADE, word
    assert how("using lidar with sonar", "sonar") == NAMED


@pytest.mark.parametrize(
    "text",
    [
        "History of nuclear weapon testing and protest",
        "History of the development of nuclear weapons in the public eye",
        "A survey of older residents using quantum sensors",
        "Counting fish with the help of a small towed sonar",
        "A gravity gradiometer is used to teach pupils about aquifers",
        "GaN HEMT を用いて教材をつくる",
        "GaN HEMT\nを用いた教材",
        "教室でAUVを 用いた授業を行う",
    ],
)
def test_what_is_used_fires_no_rule_however_words_are_parted(tagger, text):
    for found in tagger.tag_all([project(text), project(abstract=text)]):
        assert not [flag for flag in found.flags if flag.rests_on == "words"], text


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("Development of a compact synthetic aperture sonar", "export-10:sonar"),
        ("We develop GaN power devices that need no cooling.", "export-7:wide-bandgap"),
        ("A gravity gradiometer was developed for small aircraft.",
         "export-10:magnetometers-gravimeters"),
        ("GaN HEMT の開発", "export-7:wide-bandgap"),
        ("Machine learning is used widely. Design of a hydrophone array.", "export-10:sonar"),
    ],
)  # fmt: skip
def test_what_is_made_fires_in_english_too(tagger, text, rule):
    assert rule in rules(tagger.tag(project(abstract=text)))


def test_the_title_weighs_more(tagger):
    about = "ミリ波の反射を抑える材料の構造を調べる。"
    assert tagger.tag(project("電波吸収体", about)).screening == "priority"
    assert tagger.tag(project("表面構造", about + "電波吸収体もある。")).screening != "priority"


def test_the_humanities_are_not_flagged(tagger):
    for title in ("源氏物語における色彩表現の研究", "戦国期における鉄砲の伝来と城下町の変容",
                  "核兵器廃絶運動の国際比較史", "ミサイル危機をめぐる外交文書の分析"):  # fmt: skip
        assert tagger.tag(project(title)).screening == "none", title


def test_circumstances_raise_only_beside_a_technology(tagger):
    abroad = (("partners", "University of Somewhere"), ("international", "有"))
    plain = project("古代ギリシア悲劇の合唱歌の研究", "", "")
    assert tagger.tag(replace(plain, circumstances=abroad)).screening == "none"
    near = project(MIDDLE)
    before = tagger.tag(near)
    assert before.screening == "check"
    after = tagger.tag(replace(near, circumstances=abroad))
    assert after.screening == "priority"
    assert {"meta-partner-abroad", "meta-joint-international"} <= set(rules(after))
    assert set(rules(before)) < set(rules(after))
    (flag, _) = [f for f in after.flags if f.rests_on == "circumstance"]
    assert flag.cell == "partners: University of Somewhere"


def test_a_circumstance_raises_by_one_step_and_no_further_than_it_may(tagger):
    large = (("budget", "総配分額(千円)\t2,000,000"),)
    assert tagger.tag(project(MIDDLE, circumstances=large)).screening == "check"
    words = "宇宙戦略基金の課題と連携する。"
    assert tagger.tag(project("月面で使う発電装置の熱制御", words)).screening == "check"


def test_words_of_circumstances_alone_flag_nothing(tagger):
    assert not tagger.tag(project("デュアルユースをめぐる科学者の責任の思想史")).flags
    assert not tagger.tag(project("防衛省の組織史と文書管理")).flags


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("汎用人工知能の開発", "action-plan-disruptive:disruptive"),
        ("量子コンピュータの開発", "action-plan-disruptive:disruptive"),
        ("基幹ロケットの段間部の人工衛星の開発", "action-plan-superior:superior"),
        ("永久磁石の新しい設計法の開発", "action-plan-dependent:dependent"),
        ("人造黒鉛の製造法の開発", "export-2:nuclear-material"),
        ("原子炉の炉心設計手法の開発", "export-2:nuclear-material"),
        ("病原体を扱う凍結乾燥装置の開発", "export-3-2:pathogens-toxins"),
        ("MEMS加速度計の高精度化技術の開発", "export-4:rocket-propulsion"),
        ("超音速風洞の開発", "export-4:rocket-propulsion"),
        ("アナログデジタル変換器の省電力回路の開発", "export-7:microwave-converters"),
        ("半導体結晶をつくるALD装置の開発", "export-7:semiconductor-process"),
        ("薄膜半導体による光検出器の開発", "export-10:infrared-detectors"),
    ],
)
def test_what_the_lists_name_is_found_where_it_is_made(tagger, text, rule):
    assert rule in rules(tagger.tag(project(abstract=text)))


@pytest.mark.parametrize(
    "text",
    [
        "原子炉事故後の住民の帰還",
        "福島第一原子炉建屋の除染をめぐる報道",
        "凍結乾燥により調製した試料の分析",
        "凍結乾燥食品の保存性",
        "加速度計を用いた高齢者の歩行の評価",
        "高速カメラで撮影した羽ばたきの解析",
        "水中カメラを用いたサンゴの観察",
        "ソースコードの読解と初学者の学習",
        "蓄電池の導入補助と世帯の選択",
        "人工衛星画像を用いた古墳の分布",
        "メタン発酵槽の消化液を使う稲作",
    ],
)
def test_tools_of_ordinary_projects_are_not_flagged(tagger, text):
    for found in tagger.tag_all([project(text), project(abstract=text)]):
        assert found.screening == "none", (text, rules(found))


@pytest.mark.parametrize(
    "text",
    [
        "宇宙状況把握をめぐる規制と国際法の研究",
        "海洋状況把握に関する国際協力の政治学",
        "デュアルユースをめぐる科学者の責任と国際法の枠組みの構築",
        "防衛省の組織史と、戦闘機の量産化を描いた小説",
        "History of reconnaissance and of dual-use technology",
    ],
)
def test_words_of_circumstances_that_are_talked_about_raise_nothing(tagger, wide, text):
    for one in (tagger, wide):
        for found in one.tag_all([project(text), project(abstract=text)]):
            assert not [flag for flag in found.flags if flag.rule.startswith("signal-")], text
            if "小説" not in text:  # see below
                assert one is wide or found.screening != "priority"


@pytest.mark.xfail(strict=True, reason="learned terms alone take it for one (docs/screening.md)")
def test_a_novel_about_fighters_does_not_come_first(tagger):
    assert (
        tagger.tag(project("防衛省の組織史と、戦闘機の量産化を描いた小説")).screening != "priority"
    )


@pytest.mark.parametrize(
    ("field", "cell", "met"),
    [
        ("partners", "Technische Universität X", ["meta-partner-abroad"]),
        ("partners", "株式会社エックス", []),
        ("partners", "Gossip Universityville 社", []),
        ("country", "フランス", ["meta-country-abroad"]),
        ("country", "日本", []),
        ("country", "JAPAN", []),
        ("country", "日本(東京)", []),
        ("country", "国内のみ", []),
        ("country", "未定", []),
        ("country", "該当しない", []),
        ("country", "アトランティス", []),
        ("country", "日本、フランス", ["meta-country-abroad"]),
        ("country", "中華人民共和国", ["meta-country-abroad"]),
        ("country", "US", ["meta-country-abroad"]),
        ("country", "タイ", ["meta-country-abroad"]),
        ("country", "日本(中国地方)", []),
        ("partners", "中国電力株式会社", []),
        ("partners", "国土交通省 中国地方整備局", []),
        ("partners", "中国四国農政局", []),
        ("partners", "タイヤ工業会", []),
        ("partners", "東京外国語大学", []),
        ("partners", "Kyoto University", []),
        ("partners", "The University of Tokyo, Institute of Industrial Science", []),
        ("partners", "Example Motor Co., Ltd.", []),
        ("partners", "Example University, Somecity, Japan", []),
        ("partners", "未定", []),
        ("partners", "中国電力株式会社、中国科学院", ["meta-partner-abroad"]),
        ("partners", "清華大学", ["meta-partner-abroad"]),
        ("partners", "ETH Zurich", ["meta-partner-abroad"]),
        ("partners", "Max-Planck-Institut für Physik", ["meta-partner-abroad"]),
        ("partners", "スタンフォード大学", ["meta-partner-abroad"]),
        ("partners", "Kyoto University / Example State University", ["meta-partner-abroad"]),
        ("partners", "Kyoto University, Example State University", ["meta-partner-abroad"]),
        ("partners", "Beispiel GmbH", ["meta-partner-abroad"]),
        ("funder", "防衛装備庁", ["meta-funder-defence"]),
        ("funder", "日本学術振興会", []),
        ("programme", "SIP 第3期", ["meta-programme-implementation"]),
        ("programme", "gossip", []),
        ("budget", "配分額\t12億円", ["meta-budget-large"]),
        ("budget", "配分額(円)\t12,000,000", []),
        ("budget", "配分額\t未定", []),
        ("international", "あり", ["meta-joint-international"]),
        ("international", "無", []),
        ("international", "FALSE", []),
        ("international", "国内のみ", []),
        ("international", "未定", []),
        ("international", "該当しない", []),
        ("international", "予定なし", []),
        ("international", "国際共同研究は行わない", []),
        ("international", "不明な値", []),
        ("international", "有機化学", []),
        ("international", "No (domestic only)", []),
        ("international", "有", ["meta-joint-international"]),
        ("international", "○", ["meta-joint-international"]),
        ("international", "フランスと共同", ["meta-joint-international"]),
        ("international", "Yes", ["meta-joint-international"]),
    ],
)  # fmt: skip
def test_conditions(model, field, cell, met):
    found = met_conditions(model.rules.conditions, ((field, cell),))
    assert [condition.item.id for condition, _ in found] == met


@pytest.mark.parametrize(
    ("cell", "yen"),
    [
        ("20億5,000万円", 2_050_000_000),
        ("12億3千万円", 1_230_000_000),
        ("1億2,345,678円", 102_345_678),
        ("20億", 2_000_000_000),
        ("２０億円", 2_000_000_000),
        ("200百万", 200_000_000),
        ("200百万円", 200_000_000),
        ("2.0E+09", 2_000_000_000),
        ("2 000 000 000", 2_000_000_000),
        ("2\u00a0000\u00a0000\u00a0000", 2_000_000_000),
        ("2\u202f000\u202f000\u202f000", 2_000_000_000),
        ("R6: 2,000,000千円", 2_000_000_000),
        ("令和6年度 2,000,000千円", 2_000_000_000),
        ("R5: 1,000千円、R6: 2,000千円", 2_000_000),
        ("5,000万 20億", 2_000_000_000),
        ("200,000 300,000", 300_000),
        ("¥1,000,000", 1_000_000),
        ("1,000,000円", 1_000_000),
        ("額(千円)\t1,000,000", 1_000_000_000),
        ("額(千円)\t2024: 500", 500_000),
        ("額(千円)\t1,000,000円", 1_000_000),
        ("額(千円)\t12億", 1_200_000_000),
        ("額(億円)\t200(百万円)", 200_000_000),
        ("数億円", 0),
        ("-", 0),
        ("", 0),
    ],
)
def test_amounts(cell, yen):
    assert yen_of(cell) == yen


@pytest.mark.parametrize("part", ["9", "1,", "1千", "1 000", "百", " ", "¥ "])
def test_a_long_cell_takes_no_time(part):
    started = time.monotonic()
    yen_of(part * 50_000)
    assert time.monotonic() - started < 5


PEOPLE = """
    研究代表者 | 研究分担者名 | 氏名 | 国籍 | 研究代表者所属 | 留学生の出身 | 申請者 | 応募者
    応募者名 | 責任者 | 事業責任者 | 担当教員 | 教員名 | メンバー | 研究メンバー | 招へい者
    客員 | 客員教授 | 母国 | 出生地 | 在留資格 | 滞在国 | 旅券番号 | ビザ | メールアドレス
    連絡先 | 勤務先 | 雇用形態 | 研究代表 | プロジェクトリーダー | ポスドク | PI nationality
    Affiliation | investigator | researcher name | Country of origin | country_of_origin | name
    Name | NAME | PI_name | PIName | PI | co-PI | CoPI | applicant | Applicants | applicant_id
    team members | Participants | staff | CoI | Co-I | employer | passport no | visa status
    E-mail | email_address | ORCID | ORCiD | contact_person | author | authors | Residence
    home country | Visiting scholar | project leader | family_name
"""
NO_PEOPLE = """
    課題名 | 研究課題名 | プロジェクト名 | 研究種目 | 配分機関 | 資金配分機関名 | 共同研究先
    共同研究機関 | 連携機関 | 参加機関 | 代表機関 | 研究代表機関 | 責任機関 | 申請機関 | 相手国
    相手国名 | メンバー国 | 制度名 | 年間予算額 | 研究概要 | 研究計画 | キーワード | 企業名
    国際共同研究の有無 | 実施場所 | 担当課 | 教育事業名 | 名称 | 件名 | 課題番号 | title | Title
    project name | project_name | projectName | programme name | fundingProgramme | funder name
    Funder | Funding authority | Name of funder | partner organisations | Partner names
    organisation_name | company name | participating organisations | participant organisations
    member states | Fellowship | partner country | countries | international collaboration
    annual budget | summary | specification | opinion | pilot | image | page | imaging
    Management | language | keywords | award title
"""


def named(text):
    return [name.strip() for line in text.split("\n") for name in line.split("|") if name.strip()]


@pytest.mark.parametrize("name", named(NO_PEOPLE))
def test_other_columns_are_not_refused(name):
    assert not is_about_people(name)


@pytest.mark.parametrize("name", named(PEOPLE))
def test_columns_about_people_are_refused(name):
    assert is_about_people(name)
    for option in ("title", "abstract", "keywords", *COLUMN_FIELDS):
        with pytest.raises(UsageError) as error:
            find_columns(["課題名", name], where="t", **{option: [name]})
        assert error.value.exit_code == 2
        assert name in error.value.what.ja


def test_columns_of_circumstances_are_found_and_named():
    header = ["課題名", "共同研究先", "相手国", "研究代表者", "年度配分額(千円)", "区分"]
    columns = find_columns(header, where="t", programme=["区分"])
    assert {(name, header[i]) for name, _, i in columns.metadata} == {
        ("partners", "共同研究先"), ("country", "相手国"), ("budget", "年度配分額(千円)"),
        ("programme", "区分"),
    }  # fmt: skip
    made = columns.project(["電池", "X University", "", "某", "1,000", "該当なし"])
    assert made.circumstances == (
        ("partners", "X University"), ("budget", "年度配分額(千円)\t1,000"),
    )  # fmt: skip
    assert header.index("研究代表者") not in columns.read


def test_the_recall_point_misses_less_and_changes_nothing_else(tagger, wide, answers):
    texts = [project(abstract=case["near_miss"]) for case in CASES] + [project(MIDDLE)]
    texts += [project(f"{word}の研究") for word in ("触媒", "半導体", "衛星", "機械学習", "細胞")]
    more = 0
    for one, two in zip(tagger.tag_all(texts), wide.tag_all(texts), strict=True):
        first, second = (dict(zip(COLUMNS, x.columns(), strict=True)) for x in (one, two))
        assert LEVELS.index(second["ct_screening"]) >= LEVELS.index(first["ct_screening"])
        more += second["ct_screening"] != first["ct_screening"]
        assert second["ct_model"] == first["ct_model"] + RECALL
        for column in set(COLUMNS) - {"ct_screening", "ct_screening_rules", "ct_model"}:
            assert first[column] == second[column]
    assert more


def officer(tmp_path, **changed):
    """A taxonomy of one area, to which an officer adds a list of one technology."""
    folder = tmp_path / "taxonomy"
    folder.mkdir()
    for name in ("taxonomy.yaml", "12-quantum.yaml", "screening.yaml"):
        shutil.copy(ROOT / "taxonomy" / name, folder)
    own = {
        "id": "own", "kind": "technology", "name": {"ja": "県の重点", "en": "Ours"},
        "source": {"ja": "県要綱", "en": "our rules", "date": "2026-04-01"},
        "items": [{
            "id": "1", "name": {"ja": "漆塗膜", "en": "Lacquer"}, "level": "priority",
            "article": {"ja": "1条", "en": "art. 1"}, "confirmed": True, "types": [3],
            "types_by": "list",
            "technologies": [{"id": "lacquer", "seeds": {"ja": ["漆塗膜"], "en": []}}],
        }],
    } | changed  # fmt: skip
    text = (folder / "screening.yaml").read_text("utf-8")
    added = yaml.safe_dump([own], allow_unicode=True, sort_keys=False)
    indented = "".join(f"  {line}\n" for line in added.splitlines())
    (folder / "screening.yaml").write_text(text + indented, "utf-8")
    return folder


def test_an_added_item_flags_without_learning(tmp_path, segmenter):
    taxonomy = read_taxonomy(officer(tmp_path))
    tagger = Tagger(build_model(taxonomy, segmenter, Background("", 0, {})))
    beside = "量子コンピュータの量子誤り訂正と量子ビット"
    flag = tagger.tag(project("漆塗膜の開発", beside, beside)).flags[0]
    assert (flag.rule, flag.level, flag.types, flag.types_by) == (
        "own-1:lacquer", "priority", (3,), "list",
    )  # fmt: skip
    assert flag.list_item == "県の重点 1条 漆塗膜"
    assert flag.source == "県要綱(2026-04-01)"
    assert "own-1:lacquer" not in rules(tagger.tag(project("漆塗膜を用いた研究", beside, beside)))


def test_a_rule_added_after_the_learning_speaks_for_itself(model):
    """However little a text sounds like technology to what was learned before."""
    text = project("江戸の町人文化とステルス技術の開発", "浮世絵と俳諧の史料を読む。" * 3)

    def level(taught):
        weights = model.rules.weights
        deaf = replace(weights.default, check_at=10**8)  # the sums alone flag nothing
        weights = replace(weights, taught=taught, floor=10**7, default=deaf)
        return Tagger(replace(model, rules=replace(model.rules, weights=weights))).tag(text)

    known = len(model.rules.technologies)
    assert level((True,) * known).screening == "none"
    assert "export-15:stealth-absorbers" in rules(level((False,) * known))


def test_an_unknown_field_is_refused_with_its_line(tmp_path):
    folder = officer(tmp_path, colour="red")
    lines = (folder / "screening.yaml").read_text("utf-8").splitlines()
    with pytest.raises(ModelError) as error:
        read_taxonomy(folder)
    assert error.value.exit_code == 4
    assert error.value.where.endswith(f"screening.yaml:{lines.index('    colour: red') + 1}")


def test_check_finds_what_would_keep_a_rule_silent(tmp_path, segmenter):
    items = [
        {"id": "1", "name": {"ja": "甲", "en": "A"}, "level": "check", "confirmed": False,
         "article": {"ja": "-", "en": "-"}, "areas": ["nowhere"],
         "subtechnologies": ["quantum/nothing"],
         "technologies": [
             {"id": "a", "seeds": {"ja": ["量子", "量子", "、"], "en": ["field"]},
              "near_misses": ["茶碗", "量子"]},
             {"id": "a", "seeds": {"ja": ["漆塗", "量子ドットディスプレイ"], "en": []}},
         ]},
    ]  # fmt: skip
    taxonomy = read_taxonomy(officer(tmp_path, items=items))
    problems = list(check_screening(taxonomy, Background("", 0, {}), segmenter))
    own = (tmp_path / "taxonomy" / "screening.yaml").read_text("utf-8").splitlines()
    assert {p.rule for p in problems if p.place.line > own.index("  - id: own")} == {
        "duplicate-rule", "unknown-name", "duplicate-word", "empty-word", "everyday-word",
        "idle-near-miss", "lost-word",
    }  # fmt: skip
    assert {Path(p.place.file).name for p in problems} == {"screening.yaml"}
    told = {p.what.ja for p in problems if p.rule == "unknown-name"}
    assert {"領域「nowhere」はありません", "個別技術「quantum/nothing」はありません"} <= told
    # Ours name areas that this taxonomy lacks, and are clean beside that.
    assert {p.rule for p in problems if p.place.line < own.index("  - id: own")} == {"unknown-name"}


def test_the_table_is_written_and_read(tmp_path):
    taught = Taught(
        "a", {"量子|計算": (1, -2)}, {"outside": (0, 0)}, {"x-1:y": (3, 4)}, (-5, -6),
        Point(7, 8), Point(5, 6), -9, {"recall": 0.5},
    )  # fmt: skip
    write_taught(taught, tmp_path / "screening.tsv")
    assert read_taught(tmp_path / "screening.tsv") == taught
    text = (tmp_path / "screening.tsv").read_text("utf-8")
    (tmp_path / "screening.tsv").write_text(text + "量子\t1\n", "utf-8")
    with pytest.raises(ModelError) as error:
        read_taught(tmp_path / "screening.tsv")
    assert error.value.where.endswith("screening.tsv:5")


def test_a_term_contributes_to_a_sum_as_it_does_to_an_area(tagger, model):
    """Both sums are the bias and what each term gave, so a flag can be explained."""
    readings = tagger.read([project(*FULL)])
    scores = tagger.scorer.score(readings)
    for column in (0, 1):
        place = len(model.areas) + column
        given = tagger.scorer.contributions(scores, 0, place)
        total = tagger.scorer.bias(place) + sum(c.value for c in given)
        assert np.isclose(total, scores.sums[0, column], atol=1e-9)


def test_the_model_keeps_its_rules(model):
    again = read_model()
    assert dump_model(replace(again, rules=model.rules)) == dump_model(model)
    assert model.rules.weights is not None
    assert model.rules.untaught().weights is None
    # Of the readers' labels alone (docs/screening.md).
    reached = model.header["screening"][1]
    assert 0.65 <= reached["precision"] < 0.9
    assert reached["recall"] >= 0.85
    assert reached["priority_as_check"] >= 0.95
    assert reached["priority_as_priority"] >= 0.6


def test_confirmed_claims_no_more_than_what_was_read():
    assert Phrase("公刊資料で未確認", "not confirmed in published material") == UNCONFIRMED
    head = (ROOT / "taxonomy" / "screening.yaml").read_text("utf-8").partition("cues:")[0]
    assert "公刊資料で確かめたか" in head
    for name in ("docs/screening.md", "README.ja.md", "README.md"):
        text = (ROOT / name).read_text("utf-8")
        assert "原文で未確認" not in text
        assert "held the item against the original" not in text


def test_no_word_says_that_a_project_is_safe():
    for phrase in (NOT_SEEN, DISCLAIMER, DECISION, *RESTS_ON.values()):
        assert phrase.ja
        assert phrase.en
    assert "証明でもありません" in DISCLAIMER.ja
    assert "no proof of safety" in " ".join(DISCLAIMER.en.split())
    for word in ("共同研究先", "契約", "人", "資金"):
        assert word in NOT_SEEN.ja


TABLE = """\
課題番号,課題名,共同研究先,研究代表者
A,スクラムジェットエンジンの開発,,某
B,枕草子の研究,,某
"""


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ((), 0),
        (("--fail-on", "priority"), 1),
        (("--fail-on", "check"), 1),
        (("--fail-on", "none"), 2),
        (("--partners", "研究代表者"), 2),
        (("--funder", "nowhere"), 3),
    ],
)
def test_tag_options(tmp_path, options, code):
    (tmp_path / "a.csv").write_text(TABLE, "utf-8")
    done = ctclass("tag", "a.csv", *options, cwd=tmp_path)
    assert done.returncode == code, done.stderr
    assert (tmp_path / "a.tagged.csv").is_file() == (code < 2)
    if code < 2:
        assert len((tmp_path / "a.tagged.csv").read_text("utf-8-sig").splitlines()) == 3


def test_fail_on_passes_where_nothing_is_found(tmp_path):
    (tmp_path / "a.csv").write_text("課題名\n枕草子の研究\n", "utf-8")
    done = ctclass("tag", "a.csv", "--fail-on", "check", "--screening-recall", cwd=tmp_path)
    assert done.returncode == 0
    assert RECALL in (tmp_path / "a.tagged.csv").read_text("utf-8-sig")


def test_thresholds_are_chosen_by_readers_labels_where_there_are_enough():
    """Judgements teach, and choose no threshold: their own are all flagged, and far higher."""
    level = np.array([0, 1, 1, 2] * 30 + [1, 2] * 40)
    sums = np.stack([np.where(level > 0, 0.2, -0.5), np.where(level > 1, 0.3, -0.5)], axis=1)
    sums[120:] += 0.5
    readers = np.arange(200) < 120
    none = np.zeros((200, 0))

    def point(counts):
        made = np.zeros(200, dtype=np.int64)
        return choose_point(sums, Material(none, none, level, none, made, counts), 1.0, 1.0)

    assert point(readers) == Point(200_000, 300_000)
    assert point(~readers) == Point(700_000, 800_000)
    assert point(np.ones(200, dtype=bool)) == point(readers)


def test_judgements_choose_thresholds_where_readers_say_too_little(model):
    def labels(count, source):
        return [
            Label(f"{source}{i}", (), "", LEVELS[i % 3], source, None,
                  Project("", f"{source}の試み{i}", "", ""))
            for i in range(count)
        ]  # fmt: skip

    assert hear(model, labels(110, "") + labels(20, SOURCE)).counts.sum() == 110
    few = hear(model, labels(90, "") + labels(20, SOURCE))
    assert few.counts.all()
    assert few.weight.tolist() == [1.0] * 90 + [JUDGED] * 20
