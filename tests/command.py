"""The command line in this process: for tests that run it a hundred times."""

import io
from contextlib import chdir, redirect_stderr, redirect_stdout

from ctclass.cli import app
from ctclass.console.terminal import print_error
from ctclass.errors import CtclassError


def ctclass(*args, cwd, code=0):
    """What a command says on stdout and stderr, in English; `code` is its exit code."""
    out, err = io.StringIO(), io.StringIO()
    with chdir(cwd), redirect_stdout(out), redirect_stderr(err):
        try:
            found = app([*map(str, args), "--lang", "en"], standalone_mode=False) or 0
        except CtclassError as error:
            print_error(error, "en")
            found = error.exit_code
    assert found == code, err.getvalue() + out.getvalue()
    return out.getvalue(), err.getvalue()
