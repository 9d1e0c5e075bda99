"""What was judged by reading for the taxonomy, without texts or ids."""

import re

import pytest
from conftest import ROOT

from ctclass.errors import InputError
from ctclass.headings import find_columns
from ctclass.projects import Project
from ctclass.readers.judgements import find_judged, key_of_project, read_judgements
from ctclass.tables import open_table

OURS = ROOT / "taxonomy" / "judgements.tsv"


def test_ours_can_be_read_and_hold_digests_only(taxonomy):
    found = read_judgements(OURS, taxonomy)
    assert len(found) > 10_000
    assert all(re.fullmatch("[0-9a-f]{16}", key) for key in found)
    assert {label.screening for label in found.values()} == {"none", "check", "priority"}
    assert {label.primary for label in found.values()} == {"", *(a.id for a in taxonomy.areas)}
    lines = OURS.read_text("utf-8").splitlines()
    assert [x for x in lines if x[0] != "#"] == sorted(x for x in lines if x[0] != "#")


def test_no_file_is_no_judgement(tmp_path, taxonomy):
    assert read_judgements(tmp_path / "none.tsv", taxonomy) == {}


@pytest.mark.parametrize(
    "line", ["a\t1\tnone", "a\t17\tnone\t-", "a\t1\tmaybe\t-", "a\tquantum\tnone\t-"]
)
def test_a_wrong_line_is_named(tmp_path, taxonomy, line):
    path = tmp_path / "j.tsv"
    path.write_text(f"# head\nb\t1,8\tcheck\t?\n{line}\n", "utf-8")
    with pytest.raises(InputError) as error:
        read_judgements(path, taxonomy)
    assert error.value.where == f"{path}:3"


def test_rows_are_found_by_the_digest_of_their_id(tmp_path, taxonomy):
    key = key_of_project(Project("K2", "", "", ""))
    path = tmp_path / "j.tsv"
    path.write_text(f"{key}\t12,3\tpriority\t?\n", "utf-8")
    judged = read_judgements(path, taxonomy)
    table = tmp_path / "t.csv"
    table.write_text("project_id,title\nK1,造船\nK2,量子暗号\nK2,二度目\n", "utf-8")
    with open_table(str(table)) as reader:
        columns = find_columns(reader.header, where="t")
        (label,) = find_judged(judged, reader, columns)
    assert (label.project_id, label.areas, label.primary) == (
        "K2",
        ("quantum", "digital"),
        "quantum",
    )
    assert (label.screening, label.unsure, label.project.title) == ("priority", True, "量子暗号")
