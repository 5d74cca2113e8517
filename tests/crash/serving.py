"""How the suite's servers listen: each a process of its own that says its port and never ends by itself.

Needs nothing but the standard library, so that a server that needs no more starts at once.
"""

from http.server import ThreadingHTTPServer
from pathlib import Path


def serve(server: ThreadingHTTPServer, folder: Path) -> None:
    """Write the port to ``folder/port``, whole or not at all, and serve."""
    written = folder / "port.new"
    written.write_text(str(server.server_port))
    written.rename(folder / "port")
    server.serve_forever()
