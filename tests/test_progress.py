"""What is seen of a long run: bars in a terminal, now and then a line in a log."""

import io
import sys

import pytest

from ctclass.console import terminal as console
from ctclass.console.keeper import Bars
from ctclass.console.progress import Log
from ctclass.errors import Phrase


@pytest.fixture
def terminal(monkeypatch):
    """A terminal that keeps what is drawn on it."""
    from rich.console import Console

    drawn = io.StringIO()
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(
        console, "console_on", lambda _: Console(file=drawn, force_terminal=True, width=100)
    )
    return drawn


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_bars_of_a_build(terminal, lang):
    with Bars(console.Screen(lang), 3) as bars:
        bars.reading(10)(5)
        bars.step(Phrase("数える", "counting"))
        bars.step(Phrase("解く", "solving"))
    text = terminal.getvalue()
    assert ("解く" if lang == "ja" else "solving") in text
    assert ("読んでいます" if lang == "ja" else "reading") in text
    assert "2/3" in text


def test_more_steps_than_foreseen_do_not_run_over(terminal):
    with console.Screen("en").steps(1) as begin:
        begin(Phrase("a", "a"))
        begin(Phrase("b", "b"))
    assert "2/1" not in terminal.getvalue()


def test_outside_a_terminal_nothing_is_drawn(capsys):
    with Bars(console.Screen("en"), 3) as bars:
        bars.reading(10)(5)
        bars.step(Phrase("数える", "counting"))
    assert capsys.readouterr() == ("", "")


def test_a_long_run_writes_a_line_into_a_log_now_and_then(capsys, monkeypatch):
    with console.Screen("ja").progress("判定中", 400) as done:
        done(200)
    assert capsys.readouterr() == ("", "")  # it was short
    monkeypatch.setattr("ctclass.console.progress.EVERY", 0.0)
    with console.Screen("ja").progress("判定中", None, lambda: (3, 6)) as done:
        done(1200)
    assert capsys.readouterr() == ("", "判定中: 50%、1,200 行、残り約 1 分\n")
    with console.Screen("en", quiet=True).progress("tagging", 400) as done:
        done(200)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("seconds", "left"), [(0, "1 min"), (600, "10 min"), (7200, "2.0 h"), (100_000, "27.8 h")]
)
def test_the_time_left_is_told_in_a_unit_that_fits(seconds, left):
    line = Log("en", "tagging", 400).line(200, seconds=seconds)
    assert line == f"tagging: 50%, 200 rows, about {left} left"
