"""A run whose workers are all gone says so and waits, for they come back on most clusters."""

import subprocess

from test_cluster import (
    PROC,
    command,
    csv_bytes,
    environment,
    machines,
    manifest,
    results,
    rows,
    waiting_for,
)

SOON = """
import sys
if "cluster" in sys.argv:
    import ctclass.cluster.absence as absence
    absence.PATIENCE, absence._EVERY = 2.0, 0.2
"""


@PROC
def test_it_is_said_when_no_worker_is_left_and_the_run_goes_on_with_another(tmp_path):
    (tmp_path / "in").mkdir()
    for i in range(3):
        (tmp_path / "in" / f"part-{i}.csv").write_bytes(csv_bytes(rows(2000, i * 2000)))
    (tmp_path / "sitecustomize.py").write_text(SOON)
    with (
        machines(tmp_path / "m", 1, PYTHONPATH=str(tmp_path)) as found,
        (tmp_path / "told").open("w+", encoding="utf-8") as stderr,
    ):
        run = subprocess.Popen(
            command("in", "-o", "out", "--scheduler", found.address), cwd=tmp_path, stderr=stderr,
            env=environment(PYTHONPATH=str(tmp_path), PYTHONUNBUFFERED="1"),  # as in containers
        )  # fmt: skip
        waiting_for(lambda: list((tmp_path / "out").glob("_unfinished/*/.*.part")))
        found.workers[0].kill()
        waiting_for(lambda: (tmp_path / "told").read_text("utf-8"))
        assert run.poll() is None
        found.add("new", "--no-nanny")
        assert run.wait(timeout=180) == 0
    gone, back, *others = (tmp_path / "told").read_text("utf-8").splitlines()
    assert gone.startswith("No worker has been there for ")
    assert "the run goes on when one comes" in gone
    assert back.startswith("A worker is there again after ")
    assert not any("A worker" in line or "No worker" in line for line in others)
    assert len(results(tmp_path / "out")) == 3
    assert manifest(tmp_path / "out")["totals"]["rows"] == 6_000
