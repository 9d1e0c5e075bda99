"""Speed, start and memory on this machine: `make bench`, in a minute `make bench-short`.

Speed is a ratio: rows per second of a whole `ctclass tag` run with one worker,
over those of the bare tokenizer on the same texts, measured in turn, medians.
With the measured data (`CTCLASS_SHARED` or `../shared`) on real projects,
without on the examples, many times over. `--rows 20000 200000` times both sizes.
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
from typing import TYPE_CHECKING

from conftest import ROOT, SHARED

if TYPE_CHECKING:
    import pyarrow as pa

GOALS = {1: 0.85, 2: 1.7 * 0.85}
"""What a run with so many workers is to reach, over the bare tokenizer."""
KINDS = ("parquet", "csv")
ID = "project_id"
SAY = sys.stdout.write

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


def table_of(rows: int, folder: Path) -> dict[str, Path]:
    """The same `rows` projects as Parquet and as CSV: real ones where they are, else the
    examples.

    Where there are not so many, they come again, with ids of their own: the real ones far
    enough apart that ctclass does not know them again, the examples with other texts.
    """
    import pyarrow.csv
    import pyarrow.parquet as pq

    corpus = SHARED / "data" / "kaken_projects.parquet"
    table = _repeated(pq.read_table(corpus), rows) if corpus.is_file() else _examples(rows)
    paths = {kind: folder / f"{rows}.{kind}" for kind in KINDS}
    pq.write_table(table, paths["parquet"], row_group_size=5_000)
    pyarrow.csv.write_csv(table, paths["csv"])
    return paths


def _repeated(table: pa.Table, rows: int) -> pa.Table:
    """The table as often as `rows` need; ids of later turns say which turn it is."""
    import pyarrow as pa
    import pyarrow.compute as pc

    turns = []
    for turn in range(-(-rows // table.num_rows)):
        again = table.slice(0, rows - turn * table.num_rows)
        if turn:
            own = again[ID].cast(pa.string())
            ids = pc.binary_join_element_wise(own, f"{turn + 1}", "-").cast(again[ID].type)
            again = again.set_column(again.column_names.index(ID), ID, ids)
        turns.append(again)
    return pa.concat_tables(turns)


def _examples(rows: int) -> pa.Table:
    import pyarrow as pa

    with (ROOT / "examples" / "grants.csv").open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    many = [(i, found[i % len(found)]) for i in range(rows)]
    return pa.table(
        {
            ID: [f"{i}" for i, _ in many],
            "title": [r["研究課題名"] for _, r in many],
            "abstract": [f"{r['研究開始時の研究の概要']}第{i}報。" for i, r in many],
            "keywords": [r["キーワード"] for _, r in many],
        }
    )


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


def speed(rows: int, paths: dict[str, Path], chosen: argparse.Namespace) -> None:
    """A table of so many rows in the kinds and with the workers asked for, in turn with the
    bare tokenizer."""
    runs = [(kind, workers) for kind in chosen.kinds for workers in chosen.workers]
    bare = []
    rates: dict[tuple[str, int], list[float]] = {run: [] for run in runs}
    for _ in range(chosen.rounds):
        bare.append(floor(paths["parquet"]))
        for kind, workers in runs:
            rates[kind, workers].append(rows / seconds(*tag(paths[kind], workers)))
    least = median(bare)
    SAY(f"{rows:,} rows\n  bare tokenizer       {least:8.0f} rows/s\n")
    for (kind, workers), found in rates.items():
        SAY(f"  {kind:8} workers: {workers}  {median(found):8.0f} rows/s, ")
        SAY(f"{median(found) / least:.2f}")
        SAY(f"   (goal {GOALS[workers]:.2f})\n" if workers in GOALS else "\n")


def memory(small: int, large: int, folder: Path) -> None:
    """What a large table holds in memory beside a small one."""
    path = table_of(small, folder)["parquet"]
    few, many = peak(path), peak(table_of(large, folder)["parquet"])
    SAY(f"peak memory      {few} MiB for {small:,} rows, {many} MiB for {large:,}: ")
    SAY(f"{many / max(few, 1) - 1:+.1%}   (goal +10 %, 500 MB)\n")
    SAY(f"  with 2 workers {peak(path, 2)} MiB for {small:,} rows\n")


def start(folder: Path) -> None:
    """How long the shortest runs take."""
    one = folder / "one.csv"
    one.write_text("id,title\n1,量子コンピュータ\n", "utf-8")
    python = [sys.executable, "-m", "ctclass"]
    single = [*python, "tag", str(one), "-o", "-", "--quiet"]
    first = median(seconds(*single) for _ in range(7))
    SAY(f"one row          {first:8.2f} s   (goal 0.6)\n")
    turns = [
        (seconds(*python, "--help"), seconds(sys.executable, "-c", "import typer"))
        for _ in range(15)
    ]
    help_, bare_typer = median(a for a, _ in turns), median(b for _, b in turns)
    SAY(f"--help           {help_ * 1000:8.0f} ms, {help_ / bare_typer:.2f} of `import typer`")
    SAY("   (goal 1.3)\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[20_000], help="tables to time")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--large", type=int, default=200_000, help="for memory; 0: leave it out")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--short", action="store_true", help="few rows, one round: a rough figure")
    chosen = parser.parse_args()
    if chosen.short:
        chosen.rows, chosen.large, chosen.rounds = [10_000], 20_000, 1
    with tempfile.TemporaryDirectory() as name:
        for rows in chosen.rows:
            speed(rows, table_of(rows, Path(name)), chosen)
        if chosen.large:
            memory(chosen.rows[0], chosen.large, Path(name))
        start(Path(name))


if __name__ == "__main__":
    main()
