"""An output is checked against the manifest of its run; the same answers, whatever the run."""

import csv
import json
import subprocess
import sys

import command
import pytest

WORDS = ("量子コンピュータ", "核融合炉", "パワー半導体", "創薬", "衛星通信", "中世の物語", "造船")
ROWS = [
    (f"EX-{i}", f"{WORDS[i % 7]}の研究", f"{WORDS[i % 5]}を調べる。第{i}報。") for i in range(1_100)
]
FEW = 60


def ctclass(*args, cwd, code=0):
    return command.ctclass(*args, cwd=cwd, code=code)[0]


def write(path, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("課題番号", "課題名", "概要"), *rows])


def manifest_of(folder, name):
    return json.loads((folder / f"{name}.manifest.json").read_text("utf-8"))


def misfits(*args, cwd):
    found = json.loads(ctclass("verify", *args, "--json", cwd=cwd, code=1))
    assert found["fits"] is False
    return [check["check"] for check in found["checks"] if not check["fits"]]


@pytest.fixture
def done(tmp_path):
    write(tmp_path / "a.csv", ROWS[:FEW])
    ctclass("tag", "a.csv", "--manifest", "-q", cwd=tmp_path)
    return tmp_path


def test_result_digests_are_the_same_for_workers_chunks_and_formats(tmp_path):
    write(tmp_path / "a.csv", ROWS)
    digests = set()
    runs = [(w, c, "csv") for w, c in [(1, 500), (2, 500), (4, 37), (1, 1), (2, 5_000)]]
    runs += [(2, 500, kind) for kind in ("tsv", "jsonl", "parquet", "xlsx")]
    for workers, chunk, kind in runs:
        name = f"b.{workers}.{chunk}.{kind}"
        more = ("--workers", workers, "--chunk-rows", chunk, "--manifest", "-q")
        ctclass("tag", "a.csv", "-o", name, *more, cwd=tmp_path)
        digests.add(manifest_of(tmp_path, name)["result_digest"])
        found = json.loads(ctclass("verify", name, "--json", cwd=tmp_path))
        assert found["fits"], name  # what is read back gives the same digest
    # As inputs, too.
    for kind in ("tsv", "jsonl", "parquet", "xlsx"):
        ctclass("tag", f"b.2.500.{kind}", "-o", f"c.{kind}.csv", "--manifest", "-q", cwd=tmp_path)
        digests.add(manifest_of(tmp_path, f"c.{kind}.csv")["result_digest"])
    assert len(digests) == 1


def test_a_manifest_says_what_was_done(done, model):
    facts = manifest_of(done, "a.tagged.csv")
    with (done / "a.tagged.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert facts["rows"] == FEW == sum(facts["counts"]["status"].values())
    assert facts["counts"]["strategic"] == sum(r["ct_strategic"] == "true" for r in rows)
    assert facts["counts"]["screening"]["none"] == sum(r["ct_screening"] == "none" for r in rows)
    assert facts["inputs"][0]["name"] == "a.csv"
    assert facts["output"]["size"] == (done / "a.tagged.csv").stat().st_size
    assert facts["model"]["label"] == model.label == rows[0]["ct_model"]
    assert facts["read"] == {
        "format": "csv", "encoding": "utf-8",
        "columns": {"project_id": ["課題番号"], "title": ["課題名"], "abstract": ["概要"]},
        "places": {"project_id": [0], "title": [1], "abstract": [2]},
    }  # fmt: skip
    assert facts["time"]["started"] <= facts["time"]["ended"]


def test_everything_fits(done):
    told = ctclass("verify", "a.tagged.csv", "--again", cwd=done)
    assert told.splitlines()[-1] == "Everything fits"
    assert f"all {FEW} rows are the same" in told
    (done / "moved").mkdir()
    for name in ("a.csv", "a.tagged.csv", "a.tagged.csv.manifest.json"):
        (done / name).rename(done / "moved" / name)
    ctclass("verify", "moved/a.tagged.csv", cwd=done)


def test_the_form_for_excel_fits(tmp_path):
    """Its headings and its apostrophes are no change of the answers."""
    write(tmp_path / "a.csv", [*ROWS[:9], ("=1", "-量子暗号", "+核融合炉のブランケット")])
    ctclass("tag", "a.csv", "-o", "b.csv", "--excel", "--manifest", "-q", cwd=tmp_path)
    ctclass("verify", "b.csv", "--again", cwd=tmp_path)


def test_an_answer_that_was_changed(done):
    text = (done / "a.tagged.csv").read_text("utf-8")
    (done / "a.tagged.csv").write_text(text.replace(",true,", ",false,", 1), "utf-8")
    assert misfits("a.tagged.csv", "--again", cwd=done) == ["output", "result", "counts", "again"]
    told = ctclass("verify", "a.tagged.csv", "--again", cwd=done, code=1)
    assert f"1 of {FEW} rows differ (data rows 1)" in told


def test_a_row_that_is_lost_and_rows_that_changed_places(done):
    lines = (done / "a.tagged.csv").read_text("utf-8").splitlines(keepends=True)
    (done / "a.tagged.csv").write_text("".join(lines[:-1]), "utf-8")
    assert misfits("a.tagged.csv", cwd=done) == ["output", "rows", "result", "counts"]
    lines[1:3] = lines[2:0:-1]
    (done / "a.tagged.csv").write_text("".join(lines), "utf-8")
    assert misfits("a.tagged.csv", cwd=done) == ["output", "result"]


def test_own_columns_that_were_changed(done):
    text = (done / "a.tagged.csv").read_text("utf-8")
    (done / "a.tagged.csv").write_text(text.replace("EX-7,", "EX-700,"), "utf-8")
    assert misfits("a.tagged.csv", cwd=done) == ["output"]


def test_another_input_and_none(done):
    with (done / "a.csv").open("a", encoding="utf-8") as file:
        file.write("EX-x,宇宙,衛星\n")
    assert misfits("a.tagged.csv", "--again", cwd=done) == ["input", "again"]
    (done / "a.csv").unlink()
    assert misfits("a.tagged.csv", "--again", cwd=done) == ["input", "again"]


def test_another_model(done):
    facts = manifest_of(done, "a.tagged.csv")
    facts["model"]["digest"] = "0" * 64
    (done / "other.json").write_text(json.dumps(facts), "utf-8")
    assert misfits("a.tagged.csv", "--manifest", "other.json", cwd=done) == ["model"]
    assert "model" in misfits("a.tagged.csv", "--model", "none", cwd=done)


def test_an_output_that_is_damaged(tmp_path):
    write(tmp_path / "a.csv", ROWS[:9])
    ctclass("tag", "a.csv", "-o", "b.xlsx", "--manifest", "-q", cwd=tmp_path)
    data = (tmp_path / "b.xlsx").read_bytes()
    (tmp_path / "b.xlsx").write_bytes(data[:-400])
    assert misfits("b.xlsx", cwd=tmp_path) == ["output", "result"]


def test_what_came_through_a_pipe_cannot_be_compared_with_its_input(tmp_path):
    write(tmp_path / "a.csv", ROWS[:9])
    with (tmp_path / "a.csv").open("rb") as file:
        run = [sys.executable, "-m", "ctclass", "tag", "-", "-o", "b.csv", "--manifest", "-q"]
        subprocess.run(run, cwd=tmp_path, stdin=file, check=True)
    (record,) = manifest_of(tmp_path, "b.csv")["inputs"]
    assert record["size"] == (tmp_path / "a.csv").stat().st_size
    assert "not checked" in ctclass("verify", "b.csv", cwd=tmp_path)


def test_nothing_to_compare_with(done):
    (done / "a.tagged.csv.manifest.json").unlink()
    ctclass("verify", "a.tagged.csv", cwd=done, code=3)
    ctclass("verify", "none.csv", cwd=done, code=3)


def test_the_manifest_of_an_output_that_was_replaced_goes(done):
    """It would tell `verify` and `--since-last` that the new one had been edited."""
    ctclass("tag", "a.csv", "--force", "--title", "概要", "-q", cwd=done)
    assert not (done / "a.tagged.csv.manifest.json").exists()
    ctclass("tag", "a.csv", "-o", "b.csv", "--since-last", "a.tagged.csv", "--title", "概要", "-q",
            cwd=done)  # fmt: skip
    (done / "b.csv.manifest.json").write_text("{}", "utf-8")
    told = command.ctclass("tag", "a.csv", "-o", "b.csv", "--force", cwd=done)[1]
    assert (done / "b.csv.manifest.json").exists(), "what is not ours stays"
    assert "removed" not in told


def test_a_run_that_went_on_and_one_that_took_over_have_the_same_digest(done):
    ctclass("tag", "a.csv", "-o", "b.csv", "--since-last", "a.tagged.csv", "--manifest", "-q",
            "--resume", cwd=done)  # fmt: skip
    one, other = manifest_of(done, "a.tagged.csv"), manifest_of(done, "b.csv")
    assert one["result_digest"] == other["result_digest"]
    assert one["counts"] == other["counts"]
    assert other["taken_over"] == {"journal": 0, "since_last": FEW}
