"""Building blocks of a manifest: digests that tell, and files that are found again."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctclass.errors import InputError
from ctclass.runs.manifest import (
    ResultDigest,
    manifest_path,
    name_beside,
    read_manifest,
    record_file,
    write_manifest,
)

ANSWERS = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["", "ok", "量子"])))


@given(ANSWERS, ANSWERS)
def test_a_result_digest_tells_rows_and_their_order(one, other):
    same = ResultDigest(one).hexdigest() == ResultDigest(other).hexdigest()
    assert same == (one == other)


@given(st.lists(ANSWERS, max_size=5))
def test_the_parts_give_the_whole(parts):
    whole, joined = ResultDigest(), ResultDigest()
    for rows in parts:
        for row in rows:
            whole.add(row)
        joined.extend(ResultDigest(rows))
    assert joined.hexdigest() == whole.hexdigest()
    assert joined.rows == whole.rows


def test_the_digest_is_written_down():
    """Manifests of earlier versions must be checked by later ones."""
    rows = [["quantum", "quantum;bio", "量子", "ok"], ["", "", "", "empty"]]
    assert ResultDigest(rows).hexdigest() == "5be70e3161f34607d432569ef0e64e0e"
    assert ResultDigest().hexdigest() == "0" * 32


def test_what_excel_cannot_hold_changes_nothing():
    assert ResultDigest([["a\x0bb"]]).hexdigest() == ResultDigest([["a\ufffdb"]]).hexdigest()


def test_a_file(tmp_path):
    (tmp_path / "in").mkdir()
    place = tmp_path / "in" / "課題.csv"
    place.write_bytes(b"id,title\n")
    found = record_file(place, beside=tmp_path / "out" / "b.csv")
    assert found.as_json() == {
        "name": "../in/課題.csv", "size": 9, "sha256": hashlib.sha256(b"id,title\n").hexdigest(),
    }  # fmt: skip
    with pytest.raises(InputError):
        record_file(tmp_path / "none.csv")
    assert name_beside("a.csv", "b.csv") == "a.csv"


def test_a_manifest_comes_back(tmp_path):
    path = manifest_path(tmp_path / "b.csv")
    write_manifest(path, {"rows": 3, "inputs": ["量子"]})
    assert path.name == "b.csv.manifest.json"
    found = read_manifest(path)
    assert (found["rows"], found["inputs"], found["ctclass_manifest"]) == (3, ["量子"], 1)
    assert "量子" in path.read_text("utf-8")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"ctclass_manifest": 99}', "\xff"])
def test_what_is_no_manifest_is_said(tmp_path, text):
    path = tmp_path / "a.manifest.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(InputError, match="no manifest"):
        read_manifest(path)
    with pytest.raises(InputError, match="There is no manifest"):
        read_manifest(tmp_path / "b.manifest.json")
