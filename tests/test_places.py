"""Datasets and results far away: on a file server, in an archive; and files as URLs."""

import zipfile
from contextlib import suppress

import pytest
from ftp_server import ftp_server
from test_cluster import (
    DEADLY,
    cluster,
    csv_bytes,
    dataset,
    files,
    machines,
    manifest,
    results,
    rows,
    write_parquet,
)

from ctclass.cluster.partitions import find_partitions
from ctclass.cluster.places import Folder, shown
from ctclass.errors import InputError, UsageError

LOGIN = {"FSSPEC_FTP_USERNAME": "me", "FSSPEC_FTP_PASSWORD": "right"}


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    with machines(tmp_path_factory.mktemp("machines") / "m") as found:
        yield found


@pytest.fixture(scope="module")
def near(tmp_path_factory, here):
    """A dataset of this machine and its results, to compare with."""
    folder = tmp_path_factory.mktemp("near")
    dataset(folder / "in")
    write_parquet(folder / "in" / "part-1.parquet", rows(40), row_group_size=10)
    cluster("in", "-o", "out", "--scheduler", here.address, "-q", "--partition-rows", 20,
            cwd=folder)  # fmt: skip
    assert len(results(folder / "out")) == 5
    return folder


def without_places(folder):
    found = manifest(folder)
    assert found.pop("time")
    for note in found["partitions"]:
        assert note["input"].pop("place")
    return found


def test_from_a_server_to_a_server(tmp_path, near, here):
    """Workers read and write there; each has a connection of its own."""
    (tmp_path / "in").symlink_to(near / "in")
    with ftp_server(tmp_path) as address:
        args = (f"ftp://{address}/in", "-o", f"ftp://{address}/out", "--partition-rows", 20,
                "--scheduler", here.address)  # fmt: skip
        cluster(*args, "-q", cwd=tmp_path)
        assert results(tmp_path / "out") == results(near / "out")
        assert without_places(tmp_path / "out") == without_places(near / "out")
        assert not (tmp_path / "out" / "_unfinished").exists()
        whole = files(tmp_path / "out")
        (tmp_path / "out" / "part-3.parquet").write_bytes(b"PAR1")
        assert "is not empty" in cluster(*args, cwd=tmp_path, code=2)
        assert "4 of 5 parts are kept" in cluster(*args, "--resume", cwd=tmp_path)
        assert files(tmp_path / "out") == whole
        cluster(*args, "--force", "-q", cwd=tmp_path)
        assert files(tmp_path / "out") == whole
        takes_over_what_is_there(tmp_path, address, (*args[:2], f"ftp://{address}/new", *args[3:]))


def takes_over_what_is_there(folder, address, args):
    args = (*args, "--since-last", f"ftp://{address}/out/")
    rows = manifest(folder / "out")["totals"]["rows"]
    assert f"{rows} rows: 0 tagged, {rows} taken over" in cluster(*args, cwd=folder)
    assert results(folder / "new") == results(folder / "out")
    (folder / "out" / "part-3.parquet").write_bytes(b"PAR1")
    told = cluster(*args, "--force", cwd=folder, code=3)
    assert told.splitlines()[1] == f"Where: ftp://{address}/out/part-3.parquet"
    one = (*args[:-1], f"ftp://{address}/out/2025/part-0.csv")
    assert "60 taken over" in cluster(*one, "--force", cwd=folder)
    (folder / "out" / "2025" / "part-0.csv").write_bytes(b"id,title\n1,x\n")
    told = cluster(*one, "--force", cwd=folder, code=3)
    assert told.splitlines()[1].startswith(f"Where: ftp://{address}/out/2025/part-0.csv")


def test_from_an_archive(tmp_path, near, here):
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for path in (near / "in").rglob("*.csv"):
            archive.write(path, path.relative_to(near / "in"))
    url = f"zip://*/*.csv::file://{tmp_path}/all.zip"
    cluster(url, "-o", f"file://{tmp_path}/out", "--scheduler", here.address, "-q", cwd=tmp_path)
    expected = {n: data for n, data in results(near / "out").items() if n.endswith(".csv")}
    assert results(tmp_path / "out") == expected
    assert len(expected) == 2


def test_files_as_urls_are_files(tmp_path, near, here):
    cluster(f"file://{near}/in", "-o", "out", "--scheduler", here.address, "--partition-rows", 20,
            "-q", cwd=tmp_path)  # fmt: skip
    assert files(tmp_path / "out") == files(near / "out")


def test_a_server_that_refuses_is_an_error_of_three_lines(tmp_path, here):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.csv").write_bytes(csv_bytes([("1", DEADLY, "")]))
    with ftp_server(tmp_path, password="right") as address:  # noqa: S106
        url = f"ftp://{address}/in"
        told = cluster(url, "-o", "out", cwd=tmp_path, code=3)
        assert len(told.splitlines()) == 3
        assert "The remote place fails" in told
        told = cluster(
            url, "-o", "out", "--scheduler", here.address, cwd=tmp_path, code=3,
            **LOGIN,
        )  # fmt: skip
        # This machine may log in, a worker that lacks the password may not, and shows none.
        assert "could not be tagged" in told
        told = cluster(f"ftp://me:right@{address}/in", "-o", "out", cwd=tmp_path, code=2)
        assert "Do not write a user or password" in told
        assert "right" not in told
        told = cluster(
            url, "-o", "out2", "--workers", 1, cwd=tmp_path,
            **LOGIN,
        )  # fmt: skip
        assert "1 rows tagged" in told


def test_a_server_that_is_not_there():
    with pytest.raises(InputError, match="The remote place fails"):
        find_partitions(["ftp://127.0.0.1:9/in"])


def test_a_folder_is_whole_or_absent(tmp_path):
    for url in (str(tmp_path / "near"), f"file://{tmp_path}/url"):
        folder = Folder(url)
        assert folder.names() == []
        folder.make()
        with suppress(ZeroDivisionError), folder.draft(tmp_path, "a/b.csv") as path:
            path.write_bytes(b"half")
            raise ZeroDivisionError
        assert [name for name in folder.names() if not name.startswith("_")] == []
        folder.write(tmp_path, "a/b.csv", b"whole")
        assert folder.read("a/b.csv") == b"whole"
        assert folder.read("a/c.csv") is None
        folder.clean()
        assert folder.names() == ["a/b.csv"]


def test_names_of_partitions(tmp_path):
    (tmp_path / "d" / "x=1").mkdir(parents=True)
    for name in ("a.csv", "x=1/b.csv", "x=1/c.parquet", "_notes.csv", ".hidden.csv", "d.pdf"):
        (tmp_path / "d" / name).write_bytes(b"id,title\n")

    def names(*datasets):
        return [p.name for p in find_partitions([str(tmp_path / d) for d in datasets]).partitions]

    assert names("d") == ["a.csv", "x=1/b.csv", "x=1/c.parquet"]
    assert names("d/x=1/*") == ["b.csv", "c.parquet"]
    assert names("d/*/*.csv") == ["x=1/b.csv"]
    assert names("d/**/*.csv") == ["a.csv", "x=1/b.csv"]
    assert names("d/a.csv", "d/x=1") == ["a.csv", "b.csv", "c.parquet"]
    assert find_partitions([str(tmp_path / "d")]).ignored == [str(tmp_path / "d" / "d.pdf")]
    with pytest.raises(UsageError, match="have one name"):
        names("d", "d/a.csv")


def test_no_password_is_shown():
    assert shown("s3://key:secret@bucket/a and ftp://me@host") == "s3://bucket/a and ftp://host"
