"""The key of a fal account, put on requests at the moment they are sent."""

from collections.abc import Generator

import httpx

from resources.providers.secret import Secret

VARIABLE = "FAL_KEY"


class FalAuth(httpx.Auth):
    """Signs requests with the key. httpx hides the header in what it prints."""

    def __init__(self, key: Secret) -> None:
        self._key = key

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """See ``httpx.Auth``."""
        request.headers["Authorization"] = f"Key {self._key.reveal()}"
        yield request
