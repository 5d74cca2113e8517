"""What the server that every run is forked from has ready: modules and definitions, and nothing that is open.

No thread, no ledger, no lock and no event loop is there to be inherited; a run makes its own, as a new program does.
"""

import anyio._backends._asyncio
import h11
import httpcore
from PIL import Image

from tests.crash import conftest, whole_run

Image.preinit()
whole_run.job()

__all__ = ["anyio", "conftest", "h11", "httpcore", "whole_run"]
