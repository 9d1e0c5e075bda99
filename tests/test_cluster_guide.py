"""What stands in docs/cluster.md works as it stands there."""

import os
import re
import shlex
import shutil
import subprocess
import sys

import pytest
from conftest import ROOT

GUIDE = (ROOT / "docs" / "cluster.md").read_text("utf-8")
PYTHON = re.findall(r"^```python\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
CONSOLE = re.findall(r"^\$ ctclass (.*)$", GUIDE, re.MULTILINE)
ELSEWHERE = ("dask_jobqueue", "dask_kubernetes", "pyspark")


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """After the commands of the quick start."""
    folder = tmp_path_factory.mktemp("desk")
    (folder / "grants").mkdir()
    for name in ("2024.csv", "2025.csv"):
        shutil.copy(ROOT / "examples" / "grants.csv", folder / "grants" / name)
    for line in CONSOLE:
        subprocess.run(
            [sys.executable, "-m", "ctclass", *shlex.split(line), "-q"], cwd=folder, check=True,
            timeout=180, env=os.environ | {"PYTHONUTF8": "1"},
        )  # fmt: skip
    return folder


def test_the_quick_start_gives_what_it_shows(desk):
    shown = re.findall(r"^(tagged/\S+)", GUIDE, re.MULTILINE)
    assert len(shown) == 4
    for name in shown:
        assert (desk / name).is_file(), name
    assert sorted(p.name for p in (desk / "as-parquet").glob("2*")) == [
        "2024.parquet", "2025.parquet",
    ]  # fmt: skip


def test_the_manifest_is_read_as_shown(desk, monkeypatch):
    (block,) = [code for code in PYTHON if "_manifest.json" in code]
    monkeypatch.chdir(desk)
    exec(compile(block, "docs/cluster.md", "exec"), {})  # noqa: S102 - our own guide


def test_the_function_for_spark_on_frames_as_spark_gives_them(desk):
    import pandas as pd

    (block,) = [code for code in PYTHON if "def tag_frames" in code]
    names: dict = {}
    exec(compile(block, "docs/cluster.md", "exec"), names)  # noqa: S102 - our own guide
    frame = pd.read_csv(desk / "grants" / "2024.csv", dtype=str, keep_default_na=False)
    frames = [frame.iloc[at : at + 7] for at in range(0, len(frame), 7)]
    found = pd.concat(names["tag_frames"](iter(frames)))
    expected = pd.read_csv(desk / "tagged" / "2024.csv", dtype=str, keep_default_na=False)
    pd.testing.assert_frame_equal(found, expected)
    assert names["classifier"]() is names["classifier"]()


def test_what_needs_another_machine_is_at_least_python():
    others = [code for code in PYTHON if any(name in code for name in ELSEWHERE)]
    assert len(others) == len(ELSEWHERE)
    assert len(PYTHON) == len(ELSEWHERE) + 2
    for code in others:
        compile(code, "docs/cluster.md", "exec")


def test_the_help_starts_without_what_the_work_needs():
    code = (
        "import sys, atexit\nsys.argv = ['ctclass', 'cluster', '--help']\n"
        "heavy = ('distributed', 'fsspec', 'sqlalchemy', 'pyarrow', 'numpy', 'sudachipy', 'rich')\n"
        "atexit.register(lambda: print([name for name in heavy if name in sys.modules]))\n"
        "from ctclass.cli import main\nmain()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, encoding="utf-8", check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_options_named_in_the_guide_are_there():
    done = subprocess.run(
        [sys.executable, "-m", "ctclass", "cluster", "--help"], cwd=ROOT, capture_output=True,
        encoding="utf-8", check=True, env=os.environ | {"PYTHONUTF8": "1", "COLUMNS": "200"},
    )  # fmt: skip
    options = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", done.stdout))
    own = {"--resume", "--force", "--format", "--patience", "--partition-rows", "--partitions",
           "--table", "--on", "--scheduler", "--workers", "--framework", "--fail-on"}  # fmt: skip
    assert own <= options
    assert own <= set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", GUIDE))
