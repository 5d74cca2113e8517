"""Signing a request with a key, at the moment it is sent and nowhere else."""

from collections.abc import Generator

import httpx

from resources.providers.secret import Secret


class Signed(httpx.Auth):
    """Puts ``Authorization: <scheme> <key>`` on a request; httpx hides that header in what it prints.

    No frame of ours ever holds the header, so that a traceback that shows its locals shows no key.
    """

    def __init__(self, scheme: str, key: Secret) -> None:
        self._scheme = scheme
        self._key = key

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """See ``httpx.Auth``."""
        request.headers["Authorization"] = f"{self._scheme} {self._key.reveal()}"
        yield request
