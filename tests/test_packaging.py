"""The wheel as a user has it: away from the checkout, with its taxonomy and model inside."""

import csv
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from ctclass import __version__

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "examples" / "grants.csv"

pytestmark = pytest.mark.slow


def run(*args: str | Path, cwd: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    kept = {k: v for k, v in os.environ.items() if k not in {"PYTHONPATH", "PYTHONHOME"}}
    done = subprocess.run(
        [sys.executable, *args],
        cwd=cwd,
        env=kept | {"PYTHONUTF8": "1"} | environ,
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy, so that a build leaves nothing in the checkout."""
    source = tmp_path_factory.mktemp("source") / "ctclass"
    left_out = shutil.ignore_patterns(".*", "build", "dist", "__pycache__", "*.egg-info")
    shutil.copytree(ROOT, source, ignore=left_out)
    shutil.copy(ROOT / ".gitignore", source)
    out = tmp_path_factory.mktemp("dist")
    run("-m", "hatchling", "build", "-t", "wheel", "-d", out, cwd=source)
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("site")
    offline = ("--no-deps", "--no-index", "--quiet", "--disable-pip-version-check")
    run("-m", "pip", "install", *offline, "--target", target, wheel, cwd=target)
    return target


def test_the_wheel_is_named_as_the_readme_says(wheel):
    assert wheel.name == f"ctclass-{__version__}-py3-none-any.whl"


def test_the_wheel_holds_every_source_and_data_file(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    expected = {f"ctclass/{p.relative_to(ROOT / 'ctclass').as_posix()}"
                for p in (ROOT / "ctclass").rglob("*.py")}  # fmt: skip
    for folder in ("taxonomy", "models"):
        files = [p for p in (ROOT / folder).rglob("*") if p.is_file() and p.name[0] != "."]
        places = [p.relative_to(ROOT / folder).as_posix() for p in files]
        expected |= {f"ctclass/_data/{folder}/{place}" for place in places}
    assert "ctclass/_data/models/default.ctm" in expected
    assert "ctclass/_data/taxonomy/frameworks/us-cet.yaml" in expected
    assert "ctclass/_data/taxonomy/policy/wg6.yaml" in expected
    assert expected <= names
    assert any(n.endswith("licenses/LICENSE") for n in names)


def test_the_wheel_holds_nothing_else(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert {n.split("/")[0] for n in names} == {"ctclass", f"ctclass-{__version__}.dist-info"}
    own = "ctclass/_data/taxonomy/lessons.jsonl"  # written for the taxonomy
    kinds = {Path(n).suffix for n in names if n.startswith("ctclass/") and n != own}
    assert not kinds & {".csv", ".jsonl", ".parquet", ".xlsx", ".pkl", ".joblib", ".pyc"}


def test_the_installed_wheel_tags_as_the_checkout_does(installed, tmp_path):
    shutil.copy(EXAMPLE, tmp_path / "grants.csv")
    run("-m", "ctclass", "tag", "grants.csv", "--quiet", cwd=tmp_path, PYTHONPATH=str(installed))
    here = tmp_path / "checkout.csv"
    tag = ("tag", EXAMPLE, "-o", here, "--quiet")
    run("-m", "ctclass", *tag, cwd=tmp_path, PYTHONPATH=str(ROOT))
    assert (tmp_path / "grants.tagged.csv").read_bytes() == here.read_bytes()
    with here.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 30
    assert sum(row["ct_primary"] != "" for row in rows) >= 15


def test_the_installed_wheel_reads_its_own_data(installed, tmp_path):
    """The test above would pass if the wheel found the checkout's taxonomy."""
    code = "import ctclass.taxonomy.areas as t; print(t.__file__, t.find_data('models'))"
    out = run("-c", code, cwd=tmp_path, PYTHONPATH=str(installed)).stdout.split()
    assert all(Path(p).is_relative_to(installed) for p in out)


def test_the_installed_wheel_has_the_frameworks(installed, tmp_path):
    done = run("-m", "ctclass", "crosswalk", "us-cet", "uk-5", "--json", cwd=tmp_path,
               PYTHONPATH=str(installed))  # fmt: skip
    assert '"from": "quantum"' in done.stdout


def test_the_package_knows_its_version(installed, tmp_path):
    done = run("-m", "ctclass", "--version", cwd=tmp_path, PYTHONPATH=str(installed))
    assert __version__ in done.stdout


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_pins_every_package_and_names_no_place(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    pinned = re.split(r"\n(?=[a-z])", text)[1:]
    assert all(re.match(r"[a-z0-9-]+==\S+", e) and "--hash=sha256:" in e for e in pinned)
    assert not re.search(r"://|index|find-links|@ ", text)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    exact = [d for d in project["dependencies"] if "==" in d]
    assert exact
    assert all(f"\n{d} \\\n" in text for d in exact)
