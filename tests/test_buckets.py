"""Buckets: places without folders, whose files appear whole, and which nobody makes by mistake.

`Buckets` stands in for their file systems where Folder and partitions are looked at; the last
tests run against a real S3 server where one is installed (`pip install "moto[server]" s3fs`).
"""

import json
import os
import socket
import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest
from conftest import ROOT
from fsspec.implementations.memory import MemoryFileSystem
from fsspec.registry import _registry
from test_cluster import cluster, csv_bytes, dataset, files, manifest, results, rows, waiting_for

from ctclass.cluster.folder import check_folder
from ctclass.cluster.partitions import find_partitions
from ctclass.cluster.places import Folder
from ctclass.cluster.reading import Job
from ctclass.errors import InputError, UsageError

S3 = pytest.mark.skipif(
    not all(map(find_spec, ("moto", "flask", "s3fs"))), reason='needs "moto[server]" and s3fs'
)


class Buckets(MemoryFileSystem):
    """What matters of s3fs: a bucket is made along with a folder, unless it is there."""

    protocol = ("s3", "s3a")
    store: dict = {}  # noqa: RUF012 - shared by all, as the class above has it
    pseudo_dirs = [""]  # noqa: RUF012
    made: list = []  # noqa: RUF012
    sent: list = []  # noqa: RUF012
    read_only = False

    @classmethod
    def _strip_protocol(cls, path):
        return super()._strip_protocol(path.replace("s3://", "memory://"))

    def makedirs(self, path, exist_ok=False):
        self.made.append(path)

    def _refuse(self, path):
        if self.read_only:
            raise PermissionError("Access Denied")
        if not path.lstrip("/").startswith("bucket/"):
            raise FileNotFoundError("The specified bucket does not exist")

    def pipe_file(self, path, value, mode="overwrite", **kwargs):
        self._refuse(path)
        super().pipe_file(path, value, mode, **kwargs)

    def put_file(self, local, path, **kwargs):
        self._refuse(path)
        self.sent.append(path)
        super().pipe_file(path, Path(local).read_bytes())


@pytest.fixture
def buckets(monkeypatch):
    monkeypatch.setitem(_registry, "s3", Buckets)
    yield Buckets()
    for kept in (Buckets.store, Buckets.made, Buckets.sent):
        kept.clear()
    Buckets.read_only = False


def job(folder):
    return Job(folder=folder, named={}, frameworks={}, encoding=None, kind=None, label="",
               digest="", versions={}, patience=1)  # fmt: skip


def test_no_bucket_is_made(buckets):
    """One letter wrong, and the results would be in a bucket of their own."""
    with pytest.raises(InputError, match="The specified bucket does not exist"):
        Folder("s3://buckte/out").make()
    assert not buckets.made
    Folder("s3://bucket/out").make()
    assert not buckets.made
    assert not buckets.store


def test_keys_that_may_not_write_are_found_out_before_the_work(buckets):
    Buckets.read_only = True
    with pytest.raises(InputError, match="Access Denied") as caught:
        Folder("s3://bucket/out").make()
    assert caught.value.where == "s3://bucket/out"


def test_a_result_is_sent_once_under_its_own_name(buckets, tmp_path):
    """It appears when all of it is there: no copy, and nothing to remove."""
    folder = Folder("s3://bucket/out/")
    for content in (b"first", b"second"):
        folder.write(tmp_path, "a/b.csv", content)
    assert [path.lstrip("/") for path in buckets.sent] == ["bucket/out/a/b.csv"] * 2
    assert folder.read("a/b.csv") == b"second"
    assert folder.names() == ["a/b.csv"]
    assert folder.at("_manifest.json") == "s3://bucket/out/_manifest.json"


def test_what_is_not_there_is_told_as_of_a_folder(buckets):
    buckets.pipe_file("/bucket/in/a.csv", b"id,title\n")
    for place in ("s3://bucket/im", "s3://buckte/in", "s3://bucket/in/*.parquet"):
        with pytest.raises(InputError, match="There is no such dataset"):
            find_partitions([place])


def test_a_name_with_signs_of_a_pattern_is_a_name_where_it_is_there(buckets):
    buckets.pipe_file("/bucket/in/[2025]/a.csv", b"id,title\n")
    buckets.pipe_file("/bucket/in/2/b.csv", b"id,title\n")

    def names(place):
        return [partition.name for partition in find_partitions([place]).partitions]

    assert names("s3://bucket/in/[2025]") == ["a.csv"]
    assert names("s3://bucket/in/[2025]/a.csv") == ["a.csv"]
    assert names("s3://bucket/in/[2]/*.csv") == ["2/b.csv"]


def test_results_may_not_stand_among_the_inputs(buckets):
    buckets.pipe_file("/bucket/in/2025/a.csv", b"id,title\n")
    found = find_partitions(["s3://bucket/in"]).partitions
    for place in ("s3://bucket/in/2025", "s3://bucket/in/", "s3://bucket"):
        with pytest.raises(UsageError, match="An input is in the output folder"):
            check_folder(Folder(place), found, job(place), force=True)
    for place in ("s3://bucket/in/20", "s3://bucket/out"):
        check_folder(Folder(place), found, job(place), force=True)


def test_keys_have_their_own_names():
    for url, name in (
        ("s3://key:secret@bucket/in", "AWS_SECRET_ACCESS_KEY"),
        ("abfs://box@account/in", "AZURE_STORAGE_ACCOUNT_KEY"),
        ("ftp://me:secret@host/in", "FSSPEC_FTP_PASSWORD"),
    ):
        with pytest.raises(UsageError) as caught:
            Folder(url)
        assert name in caught.value.hint.en
        assert "secret@" not in str(caught.value)


KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_MAX_ATTEMPTS": "1",
        "AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true"}  # fmt: skip


@contextmanager
def s3_server(**environ):
    """The environment in which `s3://` is a server of this machine."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-c", "from moto.server import main; main()", "-H", "127.0.0.1", "-p",
         str(port)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ | environ,
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}"

    def answers():
        try:
            with urllib.request.urlopen(f"{address}/moto-api/data.json", timeout=5):  # noqa: S310
                return True
        except OSError:
            return False

    try:
        waiting_for(answers)
        yield KEYS | {"AWS_ENDPOINT_URL": address}
    finally:
        server.terminate()
        server.wait()


def client(environ):
    import boto3

    return boto3.client("s3", endpoint_url=environ["AWS_ENDPOINT_URL"],
                        aws_access_key_id="test", aws_secret_access_key="test",  # noqa: S106
                        region_name="us-east-1")  # fmt: skip


def upload(s3, folder, bucket, prefix):
    s3.create_bucket(Bucket=bucket)
    for name, data in files(folder).items():
        s3.put_object(Bucket=bucket, Key=f"{prefix}/{name}", Body=data)


def stored(s3, bucket, prefix):
    found = s3.list_objects_v2(Bucket=bucket, Prefix=f"{prefix}/").get("Contents", [])
    return {
        o["Key"].removeprefix(f"{prefix}/"): s3.get_object(Bucket=bucket, Key=o["Key"])[
            "Body"
        ].read()
        for o in found
    }


def verify(place, code, environ):
    done = subprocess.run(
        [sys.executable, "-m", "ctclass", "verify", place, "--lang", "en", "--json"], cwd=ROOT,
        capture_output=True, encoding="utf-8", check=False,
        env=os.environ | environ | {"PYTHONUTF8": "1"},
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout)


@S3
@pytest.mark.slow
def test_from_bucket_to_bucket(tmp_path):
    """The bytes of a run over files; lost and damaged objects are made again."""
    dataset(tmp_path / "in")
    (tmp_path / "in" / "2025" / "研究 課題+1#.csv").write_bytes(csv_bytes(rows(9, 500)))
    cluster("in", "-o", "out", "-q", "--workers", 1, cwd=tmp_path)
    with s3_server() as environ:
        s3 = client(environ)
        upload(s3, tmp_path / "in", "grants", "in")
        s3.put_object(Bucket="grants", Key="in/", Body=b"")  # how consoles show a folder
        args = ("s3://grants/in", "-o", "s3://grants/out", "--workers", 1)
        cluster(*args, "-q", cwd=tmp_path, **environ)
        whole = stored(s3, "grants", "out")
        near = results(tmp_path / "out")
        assert {n: data for n, data in whole.items() if not n.startswith("_")} == near
        assert json.loads(whole["_manifest.json"])["totals"] == manifest(tmp_path / "out")["totals"]

        told = verify("s3://grants/out", 0, environ)
        assert told["manifest"] == "s3://grants/out/_manifest.json"
        (inputs,) = [check for check in told["checks"] if check["check"] == "inputs"]
        assert inputs["seen"].startswith("5 not checked")

        s3.delete_object(Bucket="grants", Key="out/part-1.parquet")
        s3.put_object(Bucket="grants", Key="out/part-3.parquet", Body=b"PAR1")
        told = verify("s3://grants/out", 1, environ)
        assert "part-1.parquet is missing, part-3.parquet has other bytes" in json.dumps(told)
        assert "is not empty" in cluster(*args, cwd=tmp_path, code=2, **environ)
        assert "3 of 5 parts are kept" in cluster(*args, "--resume", cwd=tmp_path, **environ)
        again = stored(s3, "grants", "out")
        first, second = (json.loads(kept.pop("_manifest.json")) for kept in (whole, again))
        assert again == whole
        assert first.pop("time") != second.pop("time")
        assert second == first

        told = cluster("in", "-o", "s3://grnats/out", cwd=tmp_path, code=3, **environ)
        assert "The specified bucket does not exist" in told
        assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == ["grants"]


@S3
@pytest.mark.slow
def test_wrong_keys_are_an_error_of_three_lines(tmp_path):
    dataset(tmp_path / "in", parts=1)
    with s3_server(INITIAL_NO_AUTH_ACTION_COUNT="3") as environ:
        s3 = client(environ)
        upload(s3, tmp_path / "in", "grants", "in")  # a bucket and two objects
        for args in (("s3://grants/in", "-o", "out"), ("in", "-o", "s3://grants/out")):
            told = cluster(*args, "--workers", 1, cwd=tmp_path, code=3, **environ)
            assert len(told.splitlines()) == 3
            assert "The remote place fails (PermissionError" in told
