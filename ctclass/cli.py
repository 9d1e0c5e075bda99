"""The command line: parse, call one command, exit with the code of the contract.

Nothing heavy is imported here: `ctclass --help` answers before Sudachi, pandas,
rich or scikit-learn would have been read from the disk.
"""

import os
import signal
import sys
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from ctclass import __version__
from ctclass.commands import build, check, evaluate, tag
from ctclass.console import print_error
from ctclass.errors import CtclassError, Phrase, UsageError
from ctclass.options import LANG, option, say

INTERRUPTED = 130
DEFECT = 70

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=say(
        "研究課題の表に、16の重要技術領域、国家戦略技術領域、技術流出の確認先を付けます。",
        "Tags tables of research projects with the 16 critical technology areas of Japan's "
        "7th basic plan, the national-strategic ones, and a first screening for leakage.",
    ),
)


def _version(asked: bool) -> None:
    if asked:
        sys.stdout.write(f"ctclass {__version__}\n")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _app(
    context: typer.Context,
    version: Annotated[
        bool,
        option("--version", ja="版を表示", en="show the version", callback=_version, is_eager=True),
    ] = False,
) -> None:
    del version
    if context.invoked_subcommand is None:
        sys.stdout.write(context.get_help() + "\n")


for _command in (tag, build, check, evaluate):
    _name = _command.__name__.rpartition(".")[2]
    app.command(_name, help=_command.HELP)(getattr(_command, _name))


def main() -> NoReturn:
    """Run the command line and exit with the code of the contract."""
    lang = LANG
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        code = app(standalone_mode=False)
    except CtclassError as error:
        if isinstance(error.__cause__, BrokenPipeError):
            _let_go_of_stdout()
        print_error(error, lang)
        code = error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        sys.stderr.write(
            say("中断しました。出力は作っていません。\n", "Interrupted; no output was made.\n")
        )
        code = INTERRUPTED
    except _WRONG_USAGE as error:
        code = _wrong_usage(error)
    except Exception as error:
        print_error(_defect(error), lang)
        code = DEFECT
    sys.exit(code or 0)


# What typer raises for an unknown option or a missing argument.
_WRONG_USAGE: Any = typer.BadParameter.__base__


def _wrong_usage(error: Any) -> int:
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "ctclass"
    wrong = UsageError(
        Phrase(f"使い方が違います: {error.format_message()}", error.format_message()),
        where=path,
        hint=Phrase(f"{path} --help を見てください", f"See: {path} --help"),
    )
    print_error(wrong, LANG)
    return wrong.exit_code


def _defect(error: Exception) -> CtclassError:
    import traceback

    last = traceback.extract_tb(error.__traceback__)[-1]
    if os.environ.get("CTCLASS_DEBUG"):
        traceback.print_exception(error)
    return CtclassError(
        Phrase(
            f"ctclass の不具合です: {type(error).__name__}: {error}",
            f"A defect of ctclass: {type(error).__name__}: {error}",
        ),
        where=f"{Path(last.filename).name}:{last.lineno}",
        hint=Phrase(
            "CTCLASS_DEBUG=1 を付けて実行し、表示をそのまま開発元に知らせてください",
            "Run it again with CTCLASS_DEBUG=1 and report what it prints",
        ),
    )


def _let_go_of_stdout() -> None:
    """Keep Python from flushing into the closed pipe once more on its way out."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt
