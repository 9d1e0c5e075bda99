"""The command line: parse, call one command, exit with the code of the contract.

Nothing heavy is imported here: `ctclass --help` answers before Sudachi, pandas,
rich or scikit-learn would have been read from the disk.
"""

import io
import os
import sys
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperCommand, TyperGroup

from ctclass import __version__
from ctclass.console.terminal import print_error
from ctclass.console.usage import in_japanese, plain_help
from ctclass.errors import CtclassError, Phrase, UsageError
from ctclass.interrupts import Interrupted, take_signals
from ctclass.options import LANG, Lang, option, say

INTERRUPTED = 130
DEFECT = 70
COMMANDS = {
    "tag": say("表の各行に領域と指摘を付けます。", "Tag every row of a table."),
    "explain": say(
        "答えの理由を示します。どの語が、どこで、どの領域にどれだけ効いたか。",
        "Show why: which words, where, gave which area how much.",
    ),
    "review": say(
        "人が判定を確かめるページ(HTML 一つ)を作ります。--estimate で全体の精度を推定します。",
        "Make one HTML page on which people check the answers; --estimate says how good all are.",
    ),
    "evaluate": say(
        "正解ラベルと比べて精度を測ります。", "Measure the answers against labels that people gave."
    ),
    "areas": say(
        "領域・個別技術・種語・支援措置を見て、探します。",
        "Browse and search areas, sub-technologies, seeds, measures.",
    ),
    "crosswalk": say(
        "領域と、他の政策・他国のリストとの対応を示します。",
        "Show how the areas map onto lists of other policies and countries.",
    ),
    "cluster": say(
        "たくさんの表を、この計算機の全コアか Dask クラスターで判定します。",
        "Tag many tables on all cores of this machine or on a Dask cluster.",
    ),
    "verify": say(
        "出力がマニフェストと合うかを照合します(合わなければ終了コード 1)。",
        "Check an output against the manifest of its run (exit 1 if anything does not fit).",
    ),
    "check": say(
        "技術体系を調べ、問題をファイルと行で示します(あれば終了コード 1)。",
        "Lint the taxonomy; problems with file and line, exit 1 if there are any.",
    ),
    "build": say(
        "技術体系からモデルを作ります。--corpus で言葉の度数を数え直し、--labels で学び直します。",
        "Make a model from the taxonomy; --corpus counts anew, --labels learns anew.",
    ),
    "propose": say(
        "コーパスや正解ラベルから新しい種語を提案します(採用は人が決めます)。",
        "Propose new seeds from a corpus or from labels (people decide; nothing is applied).",
    ),
    "moved": say(
        "技術体系の変更で、表のどの行が動くか、どの種語によるかを示します。",
        "Show which rows of a table a change of taxonomy moves, and the seeds that do it.",
    ),
}
"""In the order of a person's work: tag, look, measure; read the taxonomy; many tables; work on
the taxonomy. Each is a module of `commands` with a function of its own name, read when it is
called."""


class _Command(TyperCommand):
    """A command whose help is in the language of the reader as a whole."""

    def get_help(self, ctx: Any) -> str:
        """The help, its headings too."""
        return plain_help(super().get_help(ctx), LANG)


class _Commands(TyperGroup):
    """Imports the one command that is called: the help lists them all, and importing and
    building them for it took a quarter of its time."""

    def get_help(self, ctx: Any) -> str:
        """The help, its headings too."""
        return plain_help(super().get_help(ctx), LANG)

    def list_commands(self, ctx: Any) -> list[str]:
        """The names in the order of a person's work."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of that name, None when there is none."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"ctclass.commands.{cmd_name}")
        one = typer.Typer(add_completion=False, rich_markup_mode=None, context_settings=_HELP)
        one.command(cmd_name, cls=_Command, help=COMMANDS[cmd_name])(getattr(module, cmd_name))
        return typer.main.get_command(one)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Names and what they are for, without building them."""
        del ctx
        with formatter.section(say("命令", "Commands")):
            formatter.write_dl(list(COMMANDS.items()))


_HELP = {"help_option_names": ["-h", "--help"]}
app = typer.Typer(
    cls=_Commands,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings=_HELP,
    help=say(
        "研究課題の表に、16の重要技術領域、国家戦略技術領域、技術流出の確認先を付けます。",
        "Tags tables of research projects with the 16 important technology areas of Japan's "
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
    lang: Lang = LANG,
) -> None:
    """`--lang` may stand before the command too: `options.LANG` has it already."""
    del version, lang
    if context.invoked_subcommand is None:
        sys.stdout.write(context.get_help() + "\n")


def main() -> NoReturn:
    """Run the command line and exit with the code of the contract."""
    _take_streams()
    take_signals()
    try:
        code = app(standalone_mode=False)
        sys.stdout.flush()
    except CtclassError as error:
        print_error(error, LANG)
        code = error.exit_code
    except (Interrupted, KeyboardInterrupt, typer.Abort) as error:
        print_error(_interrupted(nothing_done=getattr(error, "nothing_done", False)), LANG)
        code = INTERRUPTED
    except _WRONG_USAGE as error:
        code = _wrong_usage(error)
    except Exception as error:
        print_error(_defect(error), LANG)
        code = DEFECT
    _leave(code or 0)


# What typer raises for an unknown option or a missing argument.
_WRONG_USAGE: Any = typer.BadParameter.__base__


def _wrong_usage(error: Any) -> int:
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "ctclass"
    said = error.format_message()
    hint = Phrase(f"{path} --help を見てください", f"See: {path} --help")
    if said.startswith("No such command"):
        hint = Phrase(
            f"{path} tag grants.csv のように命令を先に書きます。命令の一覧: {path} --help",
            f"Begin with a command, as in {path} tag grants.csv; for all of them: {path} --help",
        )
    what = Phrase(f"使い方が違います: {in_japanese(said)}", said)
    wrong = UsageError(what, where=path, hint=hint)
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
            "CTCLASS_DEBUG=1 を付けて実行し、表示をそのまま配布元に知らせてください",
            "Run it again with CTCLASS_DEBUG=1 and report what it prints",
        ),
    )


def _interrupted(*, nothing_done: bool = False) -> CtclassError:
    command = [argument for argument in sys.argv[1:] if argument in COMMANDS][:1]
    if command == ["cluster"]:
        return CtclassError(
            Phrase("中断しました", "Interrupted"),
            where="ctclass cluster",
            hint=Phrase(
                "終わった部分は残っています。--resume を付けて実行すると続きから始めます",
                "What is done stays done: go on with --resume",
            )
            if not nothing_done
            else Phrase(
                "終わった部分はまだありません。もう一度実行すると初めから始めます",
                "No part was done yet; run it again from the start",
            ),
        )
    return CtclassError(
        Phrase("中断しました", "Interrupted"),
        where=" ".join(["ctclass", *command]),
        hint=Phrase(
            "書きかけの出力は消しました。同じ命令をもう一度実行すると、続きから再開します",
            "The unfinished output was removed; the same command goes on from where it was",
        )
        if "--resume" in sys.argv
        else Phrase(
            "標準出力へ出たのは途中までの行です。もう一度実行すると初めから作ります",
            "Standard output holds only some of the rows; run it again from the start",
        )
        if _into_stdout(sys.argv)
        else Phrase(
            "書きかけの出力は消しました。もう一度実行すると初めから作ります",
            "Run it again from the start; the unfinished output was removed",
        ),
    )


def _into_stdout(arguments: list[str]) -> bool:
    """Whether `-o -` was asked for, in any of the ways to write it.

    >>> [_into_stdout(x.split()) for x in ("a -o -", "a --output=-", "a -o-", "- -o b.csv")]
    [True, True, True, False]
    """
    apart = {("-o", "-"), ("--output", "-")}.intersection(pairwise(arguments))
    return bool(apart) or not {"-o-", "--output=-"}.isdisjoint(arguments)


class _Results(io.TextIOWrapper):
    """Standard output that says in plain words when nobody takes what it holds.

    typer would turn a closed pipe into exit code 1, which means "the answer is no".
    """

    def write(self, text: str) -> int:
        try:
            return super().write(text)
        except OSError as error:
            raise _lost(error) from error

    def flush(self) -> None:
        try:
            super().flush()
        except OSError as error:
            raise _lost(error) from error


class _Messages(io.TextIOWrapper):
    """Standard error that never fails: the code of a run tells of its data alone."""

    def write(self, text: str) -> int:
        try:
            return super().write(text)
        except OSError:
            _let_go(self)
            return len(text)

    def flush(self) -> None:
        try:
            super().flush()
        except OSError:
            _let_go(self)


def _lost(error: OSError) -> CtclassError:
    from ctclass.tables.output import write_error

    return write_error("-", error)


def _take_streams() -> None:
    """Standard streams of our own kind, also where the caller has closed one (`>&-`)."""
    flags = {"stdin": os.O_WRONLY, "stdout": os.O_RDONLY, "stderr": os.O_WRONLY}
    for number, (name, flag) in enumerate(flags.items()):
        if getattr(sys, name) is None:
            # Opened the wrong way round, so that data for a closed stdout fail as they should.
            file = os.open(os.devnull, flag)
            if file != number:
                os.dup2(file, number)
                os.close(file)
            stream = open(number, "w" if number else "r", encoding="utf-8", closefd=False)  # noqa: SIM115
            setattr(sys, name, stream)
    for name, kind in (("stdout", _Results), ("stderr", _Messages)):
        old = getattr(sys, name)
        if isinstance(old, io.TextIOWrapper):
            form, lines, at_once = old.encoding, old.line_buffering, old.write_through
            stream = kind(old.detach(), form, "backslashreplace", None, lines, at_once)
            setattr(sys, name, stream)


def _let_go(stream: io.TextIOWrapper) -> None:
    """What is still to be written goes nowhere, and so do later writes."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def _leave(code: int) -> NoReturn:
    try:
        sys.stdout.flush()
    except CtclassError:
        # Python would flush once more on its way out, and complain.
        _let_go(sys.stdout)  # type: ignore[arg-type]
    sys.exit(code)
