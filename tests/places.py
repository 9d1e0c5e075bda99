"""Databases for the tests: each kind, with a way in that is not the program's own."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass

from postgres import connected

PLAIN = "create table projects (id text primary key, title text, abstract text)"


class Place:
    """A database by its URL, with a way in that is not the program's own."""

    def __init__(self, url):
        self.url = url
        self.sqlite = url.startswith("sqlite")

    def open(self):
        if self.sqlite:
            file = self.url.removeprefix("sqlite:///")
            return closing(sqlite3.connect(file, isolation_level=None))
        return connected(self.url)

    def do(self, *statements):
        with self.open() as connection:
            for statement in statements:
                found = connection.execute(statement)
            return found.fetchall() if found.description else []

    def fill(self, name, rows):
        mark = "?" if self.sqlite else "%s"
        marks = ", ".join([mark] * len(rows[0]))
        with self.open() as connection:
            if self.sqlite:
                connection.execute("begin")
            connection.cursor().executemany(f"insert into {name} values ({marks})", rows)  # noqa: S608
            if self.sqlite:
                connection.execute("commit")


def exists(place, name):
    catalogue = "sqlite_master" if place.sqlite else "pg_class"
    column = "name" if place.sqlite else "relname"
    return bool(place.do(f"select 1 from {catalogue} where {column} = '{name}'"))  # noqa: S608


def truth(value):
    """A value of a table as it stands in a file."""
    if isinstance(value, (bool, int)):
        return "true" if value else "false"
    return str(value)


@dataclass
class Done:
    """What a run ended with; `errors` in Japanese and in English."""

    code: int
    out: str
    err: str
    errors: tuple[str, str] = ("", "")

    def refused(self, code, *words):
        """Three lines in either language, nothing else, and each word in both."""
        assert self.code == code, self.errors
        assert self.err == self.out == ""
        for text, labels in zip(self.errors, LABELS, strict=True):
            assert [line.partition(":")[0] for line in text.splitlines()] == labels
            for word in words:
                assert word in text


LABELS = (["エラー", "場所", "対処"], ["Error", "Where", "What to do"])
