"""Secrets: a key from the environment that can be used and not shown.

What is printed, logged, formatted, compared in a test's output or written as JSON says ``<secret>``. A message
that somebody else wrote (a provider's answer, a library's exception) goes through ``hidden_in`` before it is kept.
"""

import hashlib
import hmac
import json
import os
import re
from collections.abc import Mapping
from typing import Never
from urllib.parse import quote

from recoil_assets.domain.errors import UsageError

SHOWN = "<secret>"
_LEAST_SECRET = 12
"""Fewer characters may stand in a text by chance."""
_SENDABLE = re.compile(r"[\x21-\x7e]+")


class Secret:
    """A key. Its text leaves only by ``reveal``, at the place where a request is signed.

    Args:
        text: the key; space around it is dropped.
        name: what people call it, the name of its environment variable.

    Raises:
        UsageError: the text can not be a key. The message names the variable and never its value.
    """

    __slots__ = ("__text", "name")

    def __init__(self, text: str, *, name: str) -> None:
        text = text.strip()
        if not _SENDABLE.fullmatch(text):
            # An HTTP library quotes a header that it can not send, key and all.
            raise UsageError(
                f"{name} is not a key: it is empty, or holds spaces or characters that no key has",
                cure=f"set {name} again, to the key alone",
            )
        self.__text = text
        self.name = name

    def reveal(self) -> str:
        """The key itself."""
        return self.__text

    def fingerprint(self, purpose: str) -> str:
        """16 hex digits that tell keys apart and tell nothing of the key. Other purposes give other digits."""
        return hmac.new(self.__text.encode(), f"recoil {purpose}".encode(), hashlib.sha256).hexdigest()[:16]

    def hidden_in(self, text: str) -> str:
        """``text`` without the key, wherever somebody quoted it, plainly or as JSON or an address writes it.

        Of a key that is a name and a secret, ``name:secret``, the secret alone is taken out too.
        """
        for part in (self.__text, self.__text.rpartition(":")[2]):
            if part == self.__text or len(part) >= _LEAST_SECRET:
                for written in (part, json.dumps(part)[1:-1], quote(part, safe="")):
                    text = text.replace(written, SHOWN)
        return text

    def __repr__(self) -> str:
        return SHOWN

    def __str__(self) -> str:
        return SHOWN

    def __format__(self, form: str) -> str:
        return format(SHOWN, form)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self.__text, other.__text)

    def __hash__(self) -> int:
        return hash(self.fingerprint("hash"))

    def __copy__(self) -> "Secret":
        return self

    def __deepcopy__(self, memo: object) -> "Secret":
        return self

    def __reduce__(self) -> Never:
        raise TypeError(f"{self.name} is a secret and is not written anywhere")

    def __reduce_ex__(self, protocol: object) -> Never:
        self.__reduce__()


def secret_from_environment(name: str, environment: Mapping[str, str] | None = None) -> Secret | None:
    """The key in the variable ``name``; ``None`` where it is unset or empty.

    Raises:
        UsageError: it is set to something that can not be a key.
    """
    text = (os.environ if environment is None else environment).get(name, "")
    return Secret(text, name=name) if text.strip() else None
