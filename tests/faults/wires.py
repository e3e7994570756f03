"""A wire between the product and PostgreSQL that can be cut at a COMMIT that keeps something: before the server hears it, or before its answer comes back."""

import selectors
import socket
import threading
from pathlib import Path


class Wire:
    """Listens in a folder as PostgreSQL does in its own, and passes on what is said. `cut` is "before", "after" or empty; it cuts once, when
    so many commits (`spares`) have gone through."""

    def __init__(self, folder: Path, behind: str) -> None:
        self.behind, self.cut, self.spares = f"{behind}/.s.PGSQL.5432", "", 0
        self.listening = socket.socket(socket.AF_UNIX)
        self.listening.bind(str(folder / ".s.PGSQL.5432"))
        self.listening.listen(64)
        self.threads: list[threading.Thread] = []
        self._start(self._accept)

    def close(self) -> None:
        """Let nobody in any more; who is connected stays until they leave."""
        self.listening.shutdown(socket.SHUT_RDWR)
        self.listening.close()
        for thread in self.threads:
            thread.join(10)

    def _start(self, what, *given) -> None:
        self.threads.append(threading.Thread(target=what, args=given, daemon=True))
        self.threads[-1].start()

    def _accept(self) -> None:
        while True:
            try:
                here, _ = self.listening.accept()
            except OSError:
                return
            self._start(self._carry, here)

    def _carry(self, here: socket.socket) -> None:
        with here, socket.socket(socket.AF_UNIX) as there, selectors.DefaultSelector() as waiting:
            there.connect(self.behind)
            waiting.register(here, selectors.EVENT_READ)
            waiting.register(there, selectors.EVENT_READ)
            reads = False
            while True:
                for key, _ in waiting.select():
                    said = key.fileobj.recv(65536)
                    if not said:
                        return
                    if key.fileobj is here and b"BEGIN" in said:
                        reads = b"READ ONLY" in said
                    cut = self.cut if key.fileobj is here and b"COMMIT\0" in said and not reads else ""
                    if cut and self.spares:
                        cut, self.spares = "", self.spares - 1
                    if cut:
                        self.cut = ""
                    if cut != "before":
                        (there if key.fileobj is here else here).sendall(said)
                    if cut == "after":
                        there.recv(65536)  # the server has done it, and nobody hears so
                    if cut:
                        return
