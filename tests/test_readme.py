"""The commands in the READMEs are run as they stand there."""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
READMES = ("README.md", "README.ja.md")
BLOCK = re.compile(r"^```(?:console|sh)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(readme: str) -> list[list[str]]:
    """The ctclass commands of each block; a block's commands run one after another."""
    text = (ROOT / readme).read_text(encoding="utf-8")
    found = [
        [line.removeprefix("$ ") for line in block.splitlines()
         if line.removeprefix("$ ").startswith(("ctclass ", "cat ", "cp "))]
        for block in BLOCK.findall(text)
    ]  # fmt: skip
    return [commands for commands in found if commands]


CASES = [
    pytest.param(commands, id=f"{readme}-{i}")
    for readme in READMES
    for i, commands in enumerate(blocks(readme))
]


@pytest.fixture
def desk(tmp_path):
    """A copy of the examples, and a `ctclass` command that is this very code."""
    shutil.copytree(ROOT / "examples", tmp_path / "desk")
    command = tmp_path / "bin" / "ctclass"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m ctclass "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    return tmp_path


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="the blocks are for a POSIX shell")
@pytest.mark.parametrize("commands", CASES)
def test_commands_of_the_readme_work(commands, desk):
    path = os.pathsep.join([str(desk / "bin"), os.environ["PATH"]])
    for command in commands:
        done = subprocess.run(
            ["bash", "-c", f"set -o pipefail; {command}"],
            cwd=desk / "desk",
            env=os.environ | {"PATH": path, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
            capture_output=True,
            encoding="utf-8",
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stderr}"


def test_both_readmes_run_the_same_commands():
    plain = [[[re.sub(r"\s+#.*", "", c) for c in b] for b in blocks(r)] for r in READMES]
    assert plain[0]
    assert plain[0] == plain[1]


@pytest.mark.parametrize("readme", READMES)
def test_the_options_of_tag_are_those_of_its_help(readme):
    table = (ROOT / readme).read_text(encoding="utf-8").split("### ")[1]
    done = subprocess.run(
        [sys.executable, "-m", "ctclass", "tag", "--help"],
        env=os.environ | {"COLUMNS": "200", "NO_COLOR": "1", "PYTHONUTF8": "1"},
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    option = re.compile(r"(?<![\w-])--[a-z][a-z-]+")
    assert set(option.findall(table)) == set(option.findall(done.stdout)) - {"--help", "--output"}


def test_every_example_has_its_label():
    with (ROOT / "examples" / "grants.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["研究課題/領域番号"]: row for row in csv.DictReader(file)}
    lines = (ROOT / "examples" / "labels.jsonl").read_text(encoding="utf-8").splitlines()
    labels = [json.loads(line) for line in lines]
    assert [label["id"] for label in labels] == list(rows)
    assert {area for label in labels for area in label["areas"]} == set(range(1, 17))
    for label in labels:
        assert label["primary"] == (label["areas"] or [0])[0]
        assert label["title"] == rows[label["id"]]["研究課題名"]
        assert label["abstract"] in rows[label["id"]].values()
