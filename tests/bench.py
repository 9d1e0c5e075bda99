"""Speed, start and memory on this machine: `make bench`, in a minute `make bench-short`.

Speed is a ratio: rows per second of a whole `ctclass tag` run with one worker,
over those of the bare tokenizer on the same texts, measured in turn, medians.
With the measured data (`CTCLASS_SHARED` or `../shared`) on real projects,
without on the examples, many times over.
"""

from __future__ import annotations

import argparse
import csv
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from statistics import median

from conftest import ROOT, SHARED

ONE, TWO = 0.85, 1.7 * 0.85
"""What a run with one worker and with two is to reach, over the bare tokenizer."""

FLOOR = """
import sys, time, sudachipy
import pyarrow.parquet as pq
table = pq.read_table(sys.argv[1])
names = [c for c in ("title", "abstract", "keywords") if c in table.column_names]
columns = [table[c].to_pylist() for c in names]
texts = ["。".join(filter(None, row))[:16000] for row in zip(*columns)]
tokenizer = sudachipy.Dictionary(dict="core").tokenizer(sudachipy.SplitMode.C)
morphemes = tokenizer.tokenize("暖機")
start = time.perf_counter()
for text in texts:
    tokenizer.tokenize(text, out=morphemes)
print(len(texts) / (time.perf_counter() - start))
"""


def table_of(rows: int, folder: Path, kind: str = "parquet") -> Path:
    """A file with `rows` projects: real ones where they are, else the examples."""
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.parquet as pq

    path = folder / f"{rows}.{kind}"
    corpus = SHARED / "data" / "kaken_projects.parquet"
    if corpus.is_file():
        table = pq.read_table(corpus).slice(0, rows)
    else:
        with (ROOT / "examples" / "grants.csv").open(encoding="utf-8", newline="") as file:
            found = list(csv.DictReader(file))
        many = [found[i % len(found)] for i in range(rows)]
        table = pa.table(
            {
                "project_id": [f"{i}" for i in range(rows)],
                "title": [r["研究課題名"] for r in many],
                "abstract": [r["研究開始時の研究の概要"] for r in many],
                "keywords": [r["キーワード"] for r in many],
            }
        )
    if kind == "csv":
        pyarrow.csv.write_csv(table, path)
    else:
        pq.write_table(table, path, row_group_size=5_000)
    return path


def seconds(*command: str | Path) -> float:
    """Wall time of a whole process."""
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - start


def tag(path: Path, workers: int = 1) -> list[str | Path]:
    """The command that is measured."""
    out = path.with_name(f"out{path.suffix}")
    return [
        sys.executable, "-m", "ctclass", "tag", path, "-o", out, "--force", "--quiet",
        "--workers", str(workers),
    ]  # fmt: skip


def floor(path: Path) -> float:
    """Rows per second of the bare tokenizer."""
    command = [sys.executable, "-c", FLOOR, path]
    return float(subprocess.run(command, check=True, capture_output=True).stdout)


def peak(path: Path, workers: int = 1) -> int:
    """The most memory in MiB that a run holds with all its processes, pages that they
    share counted once (Linux only; 0 elsewhere)."""
    most = 0
    with subprocess.Popen(tag(path, workers), stdout=subprocess.DEVNULL) as run:
        while run.poll() is None:
            most = max(most, sum(map(proportional, family(run.pid))))
            time.sleep(0.1)
    return most // 1024


def family(pid: int) -> list[int]:
    """A process and all that it has started."""
    found = [pid]
    for tasks in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            for child in map(int, tasks.read_text().split()):
                found += family(child)
    return found


def proportional(pid: int) -> int:
    """The proportional set size of a process in KiB."""
    with suppress(OSError):
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--large", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--short", action="store_true", help="few rows, one round: a rough figure")
    chosen = parser.parse_args()
    if chosen.short:
        chosen.rows, chosen.large, chosen.rounds = 10_000, 20_000, 1
    say = sys.stdout.write
    with tempfile.TemporaryDirectory() as name:
        path = table_of(chosen.rows, Path(name))
        pairs = [(chosen.rows / seconds(*tag(path)), floor(path)) for _ in range(chosen.rounds)]
        ours, bare = median(a for a, _ in pairs), median(b for _, b in pairs)
        say(f"tag, 1 worker    {ours:8.0f} rows/s\nbare tokenizer   {bare:8.0f} rows/s\n")
        say(f"ratio            {ours / bare:8.2f}   (goal {ONE})\n")
        few = range(min(3, chosen.rounds))
        two = chosen.rows / median(seconds(*tag(path, 2)) for _ in few)
        say(f"tag, 2 workers   {two:8.0f} rows/s, {two / bare:.2f}   (goal {TWO:.2f})\n")
        table = table_of(chosen.rows, Path(name), "csv")
        for workers, goal in ((1, ONE), (2, TWO)):
            rate = chosen.rows / median(seconds(*tag(table, workers)) for _ in few)
            say(f"CSV, workers: {workers}  {rate:8.0f} rows/s, {rate / bare:.2f}")
            say(f"   (goal {goal:.2f})\n")
        small, large = peak(path), peak(table_of(chosen.large, Path(name)))
        say(f"peak memory      {small} MiB for {chosen.rows:,} rows, {large} MiB for ")
        say(f"{chosen.large:,}: {large / max(small, 1) - 1:+.1%}   (goal +10 %, 500 MB)\n")
        say(f"  with 2 workers {peak(path, 2)} MiB for {chosen.rows:,} rows\n")
        one = Path(name) / "one.csv"
        one.write_text("id,title\n1,量子コンピュータ\n", "utf-8")
        python = [sys.executable, "-m", "ctclass"]
        single = [*python, "tag", str(one), "-o", "-", "--quiet"]
        first = median(seconds(*single) for _ in range(7))
        say(f"one row          {first:8.2f} s   (goal 0.6)\n")
        turns = [
            (seconds(*python, "--help"), seconds(sys.executable, "-c", "import typer"))
            for _ in range(15)
        ]
        help_, bare_typer = median(a for a, _ in turns), median(b for _, b in turns)
        say(f"--help           {help_ * 1000:8.0f} ms, {help_ / bare_typer:.2f} of `import typer`")
        say("   (goal 1.3)\n")


if __name__ == "__main__":
    main()
