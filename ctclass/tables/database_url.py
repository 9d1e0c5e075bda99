"""The URL of a database: which names are one, and what it may hold.

A password is never part of a URL here: it would stand in the list of processes, in
the shell's history and in logs. It comes from the environment or from a file of
libpq's, and no text of this module shows it.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from ctclass.errors import MissingExtraError, Phrase, UsageError

if TYPE_CHECKING:
    from sqlalchemy import URL

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]+)://")
PASSWORD_FROM = "password_env"  # noqa: S105 - the name of a parameter
_NO_SECRET = (PASSWORD_FROM, "passfile")
_FORM = Phrase(
    "sqlite:///grants.db か postgresql+psycopg://利用者@ホスト/データベース の形です",
    "Write sqlite:///grants.db or postgresql+psycopg://user@host/database",
)
_FAR = frozenset(
    ("s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "adl", "ftp", "sftp", "ssh", "smb", "hdfs",
     "webhdfs", "http", "https", "file", "local", "zip", "oci", "hf", "memory", "dbfs")
)  # fmt: skip
"""Schemes of files, which only `cluster` reads where they are."""


def is_database(name: str) -> bool:
    """Whether the name of an input or output is that of a database, a URL.

    >>> is_database("sqlite:///grants.db"), is_database("grants.csv"), is_database("C:\\\\a.csv")
    (True, False, False)
    """
    return _SCHEME.match(name) is not None


def refuse_far(name: str) -> None:
    """UsageError for the URL of a file, which is no database."""
    scheme = name.partition("://")[0]
    if scheme.lower() not in _FAR or not is_database(name):
        return
    raise UsageError(
        Phrase(
            "離れた場所のファイルは ctclass cluster で扱います",
            "Files that are far away are for ctclass cluster",
        ),
        where=f"{scheme}://…",
        hint=Phrase(
            f"ctclass cluster {scheme}://… -o 結果フォルダー とするか、"
            "この計算機に写して指定してください",
            f"Use ctclass cluster {scheme}://… -o FOLDER, or copy the file to this machine",
        ),
    )


def parsed_url(text: str) -> URL:
    """The URL that a text is; no error shows a word of it, which may be a password."""
    refuse_far(text)
    scheme = text.partition("://")[0]
    shown = f"{scheme}://…"
    try:
        from sqlalchemy import make_url
        from sqlalchemy.exc import ArgumentError
    except ImportError as error:
        raise missing_extra(
            "postgres" if scheme.startswith("postgres") else "sql", shown
        ) from error
    try:
        url = make_url(text)
        kind = url.drivername.partition("+")[0]
    except (ArgumentError, ValueError):
        raise UsageError(
            Phrase("データベースの URL が読めません", "The URL of the database cannot be read"),
            where=shown,
            hint=_FORM,
        ) from None
    if url.password or any("password" in key and key not in _NO_SECRET for key in url.query):
        raise UsageError(
            Phrase(
                "URL にパスワードを書かないでください(他人に見え、記録に残ります)",
                "Do not write a password into the URL (others see it, and it stays in logs)",
            ),
            where=shown,
            hint=Phrase(
                "環境変数 PGPASSWORD、PGSERVICE、~/.pgpass のどれかか、"
                "?password_env=変数名 で渡してください",
                "Give it by PGPASSWORD, PGSERVICE or ~/.pgpass, or name a variable of the "
                "environment: ?password_env=NAME",
            ),
        )
    if kind == "sqlite" and url.database and not url.query and not url.host:
        return url.set(drivername="sqlite")
    if kind in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+psycopg")
    raise UsageError(
        Phrase(
            "このデータベースは扱えません(SQLite と PostgreSQL に対応)",
            "This database cannot be used (SQLite and PostgreSQL can)",
        ),
        where=shown,
        hint=_FORM,
    )


def password_of(url: URL) -> str | None:
    """The password in the variable of the environment that the URL names, if it names one."""
    name = url.query.get(PASSWORD_FROM)
    if name is None:
        return None
    if isinstance(name, str) and (found := os.environ.get(name)):
        return found
    raise UsageError(
        Phrase(f"環境変数 {name} がありません", f"There is no variable {name}"),
        where=f"{PASSWORD_FROM}={name}",
        hint=Phrase("パスワードをその変数に入れてください", "Put the password into that variable"),
    )


def missing_extra(extra: str, where: str) -> MissingExtraError:
    """The error for a driver that is not installed."""
    return MissingExtraError(
        Phrase("データベースを読む部品がありません", "What reads databases is not installed"),
        where=where,
        hint=Phrase(f'pip install "ctclass[{extra}]"', f'pip install "ctclass[{extra}]"'),
    )
