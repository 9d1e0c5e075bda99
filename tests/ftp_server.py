"""A small FTP server (RFC 959, MLSD of RFC 3659), for tests that need a folder far away."""

import shutil
import socket
import socketserver
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread


class _Session(socketserver.StreamRequestHandler):
    def handle(self):
        self._data = None
        self._from = None
        self._rest = 0
        self._say(220, "ready")
        for line in self.rfile:
            verb, _, rest = line.decode().strip().partition(" ")
            action = getattr(self, f"on_{verb.lower()}", None)
            try:
                if action is None:
                    self._say(502, "not known")
                else:
                    action(rest)
            except OSError as error:
                self._say(550, error.strerror or "refused")

    def _say(self, code, text):
        self.wfile.write(f"{code} {text}\r\n".encode())

    def _place(self, name):
        return Path(self.server.root) / name.lstrip("/")

    def _through(self, send):
        self._say(150, "opening")
        connection, _ = self._data.accept()
        with connection, connection.makefile("rwb") as stream:
            send(stream)
        self._data.close()
        self._say(226, "done")

    def on_user(self, rest):
        self.server.seen.add(rest)
        self._say(331, "password?")

    def on_pass(self, rest):
        good = not self.server.password or rest == self.server.password
        self._say(*((230, "welcome") if good else (530, f"wrong password {rest}")))

    def on_type(self, rest):
        self._say(200, "binary")

    def finish(self):
        self._close()
        super().finish()

    def _close(self):
        if self._data:
            self._data.close()

    def on_pasv(self, rest):
        self._close()
        self._data = socket.create_server(("127.0.0.1", 0))
        port = self._data.getsockname()[1]
        self._say(227, f"entering (127,0,0,1,{port >> 8},{port & 255})")

    def on_mlsd(self, rest):
        found = sorted(self._place(rest).iterdir())

        def send(stream):
            for path in found:
                kind = "dir" if path.is_dir() else "file"
                stream.write(f"type={kind};size={path.stat().st_size}; {path.name}\r\n".encode())

        self._through(send)

    def on_rest(self, rest):
        self._rest = int(rest)
        self._say(350, "from there")

    def on_retr(self, rest):
        with self._place(rest).open("rb") as file:
            file.seek(self._rest)
            self._rest = 0

            def send(stream):
                with suppress(OSError):  # it took as much as it wanted
                    shutil.copyfileobj(file, stream)

            self._through(send)

    def on_stor(self, rest):
        with self._place(rest).open("wb") as file:
            self._through(lambda stream: shutil.copyfileobj(stream, file))

    def on_abor(self, rest):
        self._say(226, "nothing to abort")

    def on_mkd(self, rest):
        self._place(rest).mkdir()
        self._say(257, f'"{rest}"')

    def on_rmd(self, rest):
        self._place(rest).rmdir()
        self._say(250, "gone")

    def on_dele(self, rest):
        self._place(rest).unlink()
        self._say(250, "gone")

    def on_rnfr(self, rest):
        self._place(rest).stat()
        self._from = self._place(rest)
        self._say(350, "to what?")

    def on_rnto(self, rest):
        self._from.rename(self._place(rest))
        self._say(250, "renamed")

    def on_quit(self, rest):
        self._say(221, "bye")


@contextmanager
def ftp_server(root, password=""):
    """The address of a server of `root`, as host:port."""
    socketserver.ThreadingTCPServer.daemon_threads = True
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Session) as server:
        server.root, server.password, server.seen = root, password, set()
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield "{}:{}".format(*server.server_address)
        server.shutdown()
        thread.join()
