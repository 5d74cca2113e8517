"""A server on loopback that speaks in bytes, so that it can say what no HTTP library would."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

Talk = Callable[[socket.socket], None]
"""What happens on one connection; it is closed afterwards."""


@dataclass
class RawServer:
    """Attributes:
    port: where it listens.
    heard: what was read of each connection, in the order they came.
    """

    port: int
    heard: list[bytes] = field(default_factory=list)

    @property
    def posts(self) -> int:
        return sum(request.startswith(b"POST ") for request in self.heard)


def request_on(connection: socket.socket) -> bytes:
    """A request, head and body, as far as it comes."""
    data = b""
    while b"\r\n\r\n" not in data:
        block = connection.recv(65536)
        if not block:
            return data
        data += block
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [
        line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
    ]
    while len(body) < int((lengths or [b"0"])[0]) and (block := connection.recv(65536)):
        body += block
    return head + b"\r\n\r\n" + body


@contextmanager
def raw_server(answer: Callable[[bytes], bytes], *, first: Talk | None = None) -> Iterator[RawServer]:
    """Answers every request with the bytes that ``answer`` makes of it.

    Args:
        first: is done with a connection before anything is read from it; nothing is answered on it then.
    """
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = RawServer(listening.getsockname()[1])
        stopped = threading.Event()

        def talk(connection: socket.socket) -> None:
            with connection, suppress(OSError):
                if first is not None:
                    first(connection)
                    return
                request = request_on(connection)
                server.heard.append(request)
                connection.sendall(answer(request))

        def accept() -> None:
            while not stopped.is_set():
                with suppress(OSError):
                    connection, _ = listening.accept()
                    threading.Thread(target=talk, args=(connection,), daemon=True).start()

        listening.settimeout(0.05)
        accepting = threading.Thread(target=accept)
        accepting.start()
        try:
            yield server
        finally:
            stopped.set()
            accepting.join()


def said(head: str, body: bytes = b"", **headers: str) -> bytes:
    """An answer that ends with its connection, its length said where ``headers`` says it."""
    lines = [f"HTTP/1.1 {head}", *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode() + body
