"""Where a provider has bytes that were uploaded to it: by their digest, for all runs of this user, for a time.

An upload costs nothing, so that nothing depends on what is kept here: where it is damaged, gone or can not be
written, the bytes are uploaded again.
"""

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from weakref import WeakKeyDictionary

from recoil_assets.domain.digest import digest_of
from recoil_assets.domain.errors import ProviderError
from resources.ledger.kernel_lock import held, holder
from resources.providers.account import SharedAccount
from resources.providers.addresses import life_s

_LOCK_WAIT_S = 2.0
_LOCK_POLL_S = 0.005
_LOGGER = logging.getLogger("recoil")
_REFUSED: dict[Path, set[str]] = {}
"""Addresses that a provider could not read, by the file of its account: known to all of this process at once."""

Address = tuple[str, float]
"""Where the bytes are, and until when that is relied on, seconds since 1970."""


class KeptUploads:
    """Addresses of uploads, in the account's folder.

    Args:
        account: whose uploads they are.
        place: what else they belong to: a workspace, another server.
        kept_s: how long an address is used, seconds; the provider has to keep the bytes for longer. One that is
            signed is used for half of its life at most: the other half is the provider's, to read it.
    """

    def __init__(self, account: SharedAccount, place: str, kept_s: float) -> None:
        self._account = account
        self._place = place
        self._kept_s = kept_s
        self._path = account.folder / "uploads.json"
        self._mine: dict[str, Address] = {}
        self._refused = _REFUSED.setdefault(self._path, set())
        self._turns: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, asyncio.Lock]] = (
            WeakKeyDictionary()
        )

    async def address_of(self, sha256: str, upload: Callable[[], Awaitable[str]]) -> str:
        """Where the provider has the bytes; ``upload`` brings them there where it does not, once for all who ask."""
        turns = self._turns.setdefault(asyncio.get_running_loop(), {})
        async with turns.setdefault(sha256, asyncio.Lock()):
            if found := await asyncio.to_thread(self._found, self._name(sha256)):
                return found
            begun = self._account.now()
            address = await upload()
            until = begun + min(self._kept_s, life_s(address, begun) / 2)
            self._refused.discard(address)
            await asyncio.to_thread(self._change, {self._name(sha256): (address, until)})
            return address

    def are_good(self, digests: Iterable[str]) -> bool:
        """Whether every one of these bytes has an address that may be used now. Waits for nobody."""
        return all(self._found(self._name(sha256)) for sha256 in digests)

    def forget(self, digests: Iterable[str]) -> None:
        """Upload these bytes again when they are next asked for: the provider could not read them.

        This process does so whatever becomes of the file that all runs share; where that can not be put right now,
        it is said, and it is put right with the next upload.
        """
        names = {self._name(sha256) for sha256 in digests}
        known = (self._read(), self._mine)
        self._refused.update(item[0] for kept in known for name, item in kept.items() if name in names)
        if why := self._change({}):
            _LOGGER.warning(
                "%s still names pictures that the provider could not read (%s); this process uploads them again, "
                "another one may send the old address until then",
                self._path,
                why,
            )

    def _name(self, sha256: str) -> str:
        return digest_of([self._place, sha256])

    def _found(self, name: str) -> str:
        known = {**self._read(), **self._mine}
        return known[name][0] if name in known and self._is_good(known[name]) else ""

    def _is_good(self, address: Address) -> bool:
        """A time further off than any that is set was set by another clock."""
        url, until = address
        return url not in self._refused and 0 < until - self._account.now() <= self._kept_s

    def _change(self, new: dict[str, Address]) -> str:
        """Keep ``new``, and no longer what was refused or is over: here, and for the others where that can be.

        Returns why the others still see it as it was; empty where they do not.
        """
        self._mine = {
            name: item for name, item in {**self._mine, **new}.items() if item[0] not in self._refused
        }
        try:
            self._account.require_folder()
            lock = self._path.with_suffix(".lock")
            until = time.monotonic() + _LOCK_WAIT_S
            while time.monotonic() < until:
                with held(lock) as mine:
                    if mine:
                        self._write({**self._read(), **new})
                        return ""
                time.sleep(_LOCK_POLL_S)
        except (OSError, ProviderError) as error:
            return str(error)
        return f"it is held by {holder(lock)}"

    def _read(self) -> dict[str, Address]:
        try:
            kept = json.loads(self._path.read_text(encoding="utf-8"))
            return {str(name): (str(url), float(until)) for name, (url, until) in kept.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}

    def _write(self, known: dict[str, Address]) -> None:
        now = self._account.now()
        kept = {name: item for name, item in known.items() if item[1] > now and item[0] not in self._refused}
        partial: Path = self._path.with_suffix(".part")
        partial.touch(mode=0o600)
        partial.write_text(json.dumps(kept), encoding="utf-8")
        partial.replace(self._path)
