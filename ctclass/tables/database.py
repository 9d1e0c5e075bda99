"""Databases: SQLite and PostgreSQL, how they are opened, and what goes wrong in plain words.

No text of this module shows a password (see `database_url`).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ctclass.errors import InputError, Phrase
from ctclass.tables.database_url import PASSWORD_FROM, missing_extra, parsed_url, password_of

if TYPE_CHECKING:
    import sqlite3

    from sqlalchemy import Connection, Engine

_PATIENCE = {
    "connect_timeout": 10,
    # A machine that is gone says nothing: without these a run would wait for two hours.
    "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}  # fmt: skip
_LOCK_WAIT = 30.0
"""Seconds to wait for another program that holds the same table, or the same SQLite file."""
_SAME_EVERYWHERE = "SET TIME ZONE 'UTC'; SET DateStyle = 'ISO'; SET IntervalStyle = 'postgres'"
_AS_WRITTEN = ("date", "time", "timetz", "timestamp", "timestamptz", "interval")
"""PostgreSQL's types with values that Python lacks: `infinity`, the year 20000, BC."""


_LOST = (
    Phrase("データベースとの接続が切れました", "The connection to the database was lost"),
    Phrase(
        "何も書いていません。接続を確かめ、もう一度実行してください",
        "Nothing was written. Check the connection and run it again",
    ),
)
_UNREACHED = (
    Phrase("データベースに接続できません", "Cannot connect to the database"),
    Phrase(
        "ホスト・利用者名と、環境変数 PGPASSWORD か PGSERVICE、~/.pgpass を確かめてください",
        "Check host and user, and PGPASSWORD, PGSERVICE or ~/.pgpass",
    ),
)
_FILE = (
    Phrase("データベースのファイルを開けません", "The database file cannot be opened"),
    Phrase("ファイルと権限を確かめてください", "Check the file and its permissions"),
)
_REFUSED = (
    Phrase("データベースが断りました", "The database refused"),
    Phrase(
        "--table、--query、--into と、その権限を確かめてください",
        "Check --table, --query, --into and what you may do there",
    ),
)
_FULL = (
    Phrase("ディスクがいっぱいで書けません", "The disk is full"),
    Phrase(
        "何も書いていません。データベースのあるディスクと、行が待つ TMPDIR に空きを作ってください",
        "Nothing was written. Make room on the disk of the database, and in TMPDIR, where "
        "rows wait",
    ),
)
_LOCKED = (
    Phrase("別のプログラムがデータベースをつかんでいます", "Another program holds the database"),
    Phrase(
        "それが終わってから、もう一度実行してください",
        "Run it again when that program has ended",
    ),
)
_SQLITE_FULL, _SQLITE_BUSY, _SQLITE_LOCKED = 13, 5, 6
_DISK_FULL, _LOCK_NOT_AVAILABLE = "53100", "55P03"


class Database:
    """A database by its URL. `name` may be shown; `file` is that of SQLite, None for others."""

    def __init__(self, url: str) -> None:
        self._url = parsed_url(url)
        self.kind = self._url.get_backend_name()
        self.name, self.file = url, None
        if self.kind == "sqlite":
            self.file = Path(self._url.database or "")
        else:
            self.name = self._url.render_as_string(hide_password=True).partition("?")[0]
        self._password = password_of(self._url)

    @property
    def label(self) -> str:
        """The database in a name: that of its file, or of its host and itself."""
        if self.file is not None:
            return self.file.name
        return ".".join(filter(None, (self._url.host, self._url.database))) or self.kind

    def reader(self) -> Connection:
        """A connection that cannot write. A file that is not there is not made."""
        if self.file is None:
            return self._connected(self._postgres("REPEATABLE READ", read_only=True))
        self._check_file(self.file)
        return self._connected(self._sqlite(self.file, "ro"))

    def writer(self, file: Path | None = None) -> Connection:
        """A connection in which every statement counts by itself until a BEGIN; of SQLite
        to `file` instead, which is made."""
        if self.file is None:
            return self._connected(self._postgres("AUTOCOMMIT", read_only=False))
        return self._connected(self._sqlite(file or self.file, "rwc" if file else "rw"))

    def check_there(self) -> None:
        """InputError when it is a file that is not there."""
        if self.file is not None:
            self._check_file(self.file)

    @contextmanager
    def asking(self, where: str | None = None) -> Iterator[None]:
        """Turn what the database refuses, and its silence, into an InputError."""
        try:
            yield
        except _errors() as error:
            cause = getattr(error, "orig", None) or error
            raise self._refused(cause, _words_for(cause), where) from None

    def _connected(self, engine: Engine) -> Connection:
        import logging

        for name in ("sqlalchemy", "psycopg"):
            # Of a lost connection they tell the log as well, and without one standard error.
            log = logging.getLogger(name)
            if not log.handlers:
                log.addHandler(logging.NullHandler())
        try:
            return engine.connect()
        except _errors() as error:
            cause = getattr(error, "orig", None) or error
            raise self._refused(cause, _FILE if self.file else _UNREACHED) from None

    def _check_file(self, file: Path) -> None:
        if file.is_file():
            return
        raise InputError(
            Phrase("データベースのファイルがありません", "There is no such database file"),
            where=self.name,
            hint=Phrase(
                "sqlite:///フォルダー/名前.db の形で、パスを確かめてください",
                "Check the path: sqlite:///folder/name.db (four slashes for /an/absolute/path)",
            ),
        )

    def _sqlite(self, file: Path, mode: str) -> Engine:
        import sqlite3

        from sqlalchemy import create_engine
        from sqlalchemy.pool import NullPool

        def connect() -> sqlite3.Connection:
            connection = sqlite3.connect(
                f"{file.absolute().as_uri()}?mode={mode}",
                uri=True,
                timeout=_LOCK_WAIT,
                isolation_level=None,
            )
            if mode == "ro":
                connection.execute("PRAGMA query_only = ON")
            return connection

        return create_engine(
            "sqlite://", creator=connect, poolclass=NullPool, hide_parameters=True,
            isolation_level="AUTOCOMMIT",
        )  # fmt: skip

    def _postgres(self, isolation_level: Any, *, read_only: bool) -> Engine:
        from sqlalchemy import create_engine, event
        from sqlalchemy.pool import NullPool

        url = self._url.difference_update_query([PASSWORD_FROM])
        settings: dict[str, Any] = {
            name: value for name, value in _PATIENCE.items() if name not in url.query
        }
        if "PGCONNECT_TIMEOUT" in os.environ:
            settings.pop("connect_timeout", None)
        if self._password:
            settings["password"] = self._password
        try:
            engine = create_engine(
                url,
                poolclass=NullPool,
                hide_parameters=True,
                connect_args=settings | {"client_encoding": "utf8"},
                isolation_level=isolation_level,
                execution_options={"postgresql_readonly": read_only},
            )
        except ImportError as error:
            raise missing_extra("postgres", self.name) from error
        event.listen(engine, "connect", _prepare)
        return engine

    def _refused(
        self, error: BaseException, words: tuple[Phrase, Phrase], where: str | None = None
    ) -> InputError:
        """The error in the words of the database, without any password that is known."""
        said = " ".join(str(error).split())[:300]
        for secret in (self._password, os.environ.get("PGPASSWORD")):
            said = said.replace(secret, "***") if secret else said
        what, hint = words
        return InputError(
            Phrase(f"{what.ja}({said})", f"{what.en} ({said})"), where=where or self.name, hint=hint
        )


def _prepare(connection: Any, record: object) -> None:
    """Let the same values be the same texts on every server."""
    from psycopg.types.string import TextLoader

    del record
    for name in _AS_WRITTEN:
        connection.adapters.register_loader(name, TextLoader)
    before = connection.autocommit
    connection.autocommit = True
    connection.execute(f"{_SAME_EVERYWHERE}; SET lock_timeout = '{_LOCK_WAIT * 1000:.0f}ms'")
    connection.autocommit = before


def _errors() -> tuple[type[BaseException], ...]:
    """What SQLAlchemy and the drivers in use raise."""
    import sqlite3

    from sqlalchemy.exc import SQLAlchemyError

    driver = sys.modules.get("psycopg")
    return (SQLAlchemyError, sqlite3.Error, *((driver.Error,) if driver else ()))


def _words_for(error: BaseException) -> tuple[Phrase, Phrase]:
    """What went wrong, by the codes of SQLite and PostgreSQL, and what to do."""
    code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
    state = getattr(error, "sqlstate", None)
    if code == _SQLITE_FULL or state == _DISK_FULL:
        return _FULL
    if code in (_SQLITE_BUSY, _SQLITE_LOCKED) or state == _LOCK_NOT_AVAILABLE:
        return _LOCKED
    return _LOST if _is_lost(error) else _REFUSED


def _is_lost(error: BaseException) -> bool:
    """Whether PostgreSQL's driver says that the connection has gone: without a code of the
    server's, or with one of those for its end."""
    driver = sys.modules.get("psycopg")
    if driver is None or not isinstance(error, driver.OperationalError):
        return False
    return error.sqlstate is None or error.sqlstate.startswith(("08", "57P"))
