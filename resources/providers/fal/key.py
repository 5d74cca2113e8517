"""The key of a fal account: taken from the environment, put on requests, and shown to nobody."""

from collections.abc import Callable, Generator, Mapping
from typing import NoReturn

import httpx

from recoil_assets.domain.errors import UsageError

VARIABLE = "FAL_KEY"


class FalKey:
    """A key that can be sent and not be printed: by no ``repr``, format, pickle, copy or traceback of locals."""

    __slots__ = ("__send",)

    def __init__(self, secret: str) -> None:
        if not secret.isascii() or not secret.isprintable() or " " in secret or not secret:
            raise UsageError(
                f"{VARIABLE} is not a key: it has characters that no key has",
                cure=f"set {VARIABLE} to the key as fal's dashboard shows it, without quotes",
            )
        self.__send = _signer(f"Key {secret}")

    def __repr__(self) -> str:
        return f"{type(self).__name__}(hidden)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a key is not written down")

    def auth(self) -> httpx.Auth:
        """What puts the key on a request at the moment it is sent, and on nothing else."""
        return self.__send


class _Signer(httpx.Auth):
    """Signs requests by a function, in whose closure the key stays."""

    __slots__ = ("_sign",)

    def __init__(self, sign: Callable[[httpx.Request], None]) -> None:
        self._sign = sign

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """See ``httpx.Auth``."""
        self._sign(request)
        yield request


def _signer(authorization: str) -> httpx.Auth:
    def sign(request: httpx.Request) -> None:
        request.headers["Authorization"] = authorization  # httpx hides this header in what it prints

    return _Signer(sign)


def read_key(environment: Mapping[str, str]) -> FalKey | None:
    """The key in ``environment``; ``None`` where there is none.

    Raises:
        UsageError: what is there can not be a key.
    """
    secret = environment.get(VARIABLE, "").strip()
    return FalKey(secret) if secret else None
