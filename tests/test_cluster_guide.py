"""What stands in docs/cluster.md works as it stands there."""

import os
import re
import runpy
import shlex
import shutil
import subprocess
import sys
from importlib.util import find_spec

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


@pytest.fixture
def tagging(tmp_path):
    """A folder with the files that the guide has for Spark."""
    for name in ("tagging.py", "job.py"):
        (code,) = [code for code in PYTHON if code.startswith(f"# {name}")]
        (tmp_path / name).write_text(code, encoding="utf-8")
    return tmp_path


def test_the_function_for_spark_on_frames_as_spark_gives_them(desk, tagging, monkeypatch):
    import pandas as pd

    names = runpy.run_path(str(tagging / "tagging.py"))
    frame = pd.read_csv(desk / "grants" / "2024.csv", dtype=str, keep_default_na=False)
    frames = [frame.iloc[at : at + 7] for at in range(0, len(frame), 7)]
    found = pd.concat(names["tag_frames"](iter(frames)))
    expected = pd.read_csv(desk / "tagged" / "2024.csv", dtype=str, keep_default_na=False)
    pd.testing.assert_frame_equal(found, expected)
    assert names["classifier"]() is names["classifier"]()


def test_the_function_travels_as_spark_sends_it(tagging):
    """By cloudpickle, to a process whose main program is another one."""
    send = (
        "import sys, cloudpickle\nfrom tagging import tag_frames\n"
        "sys.stdout.buffer.write(cloudpickle.dumps(tag_frames))"
    )
    take = (
        "import sys, cloudpickle, pandas\nf = cloudpickle.load(sys.stdin.buffer)\n"
        "print(*next(f(iter([pandas.DataFrame({'title': ['量子ビットの誤り訂正']})]))).ct_primary)"
    )
    path = os.pathsep.join([str(tagging), str(ROOT)])
    passed = b""
    for code in (send, take):
        passed = subprocess.run(
            [sys.executable, "-c", code], cwd=tagging, input=passed, stdout=subprocess.PIPE,
            check=True, env=os.environ | {"PYTHONPATH": path, "PYTHONUTF8": "1"},
        ).stdout  # fmt: skip
    assert passed.split() == [b"quantum"]


@pytest.mark.slow
@pytest.mark.skipif(
    not (find_spec("pyspark") and shutil.which("java")), reason="needs pyspark and Java"
)
def test_spark_answers_as_ctclass_does(desk, tagging):
    import pandas as pd

    frame = pd.read_csv(desk / "tagged" / "2024.csv", dtype=str, keep_default_na=False)
    frame.to_parquet(tagging / "in.parquet")  # its answers are replaced
    job = tagging / "job.py"
    for place, name in (("grants/2025-tagged", "out"), ("grants/2025", "in.parquet")):
        code = job.read_text("utf-8").replace(f"s3a://{place}", (tagging / name).as_uri())
        job.write_text(code, encoding="utf-8")
    subprocess.run(
        ["bash", f"{find_spec('pyspark').submodule_search_locations[0]}/bin/spark-submit",
         "--master", "local[2]", "--py-files", "tagging.py", "job.py"],
        cwd=tagging, check=True, timeout=300,
        env=os.environ | {"PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1",
                          "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    found = pd.read_parquet(tagging / "out").astype(str)
    pd.testing.assert_frame_equal(found, frame.astype(str))


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
