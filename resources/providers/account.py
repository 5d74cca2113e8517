"""Accounts at providers: what all runs of a machine together may do with one key.

An adapter holds a slot for the time of a job, makes every request inside ``submission`` or ``request``, and
reports how it went with ``heard`` and ``lost``. Everything else follows: rates, pauses, outages and refusals are
kept where every run sees them.
"""

import asyncio
import os
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import TypeVar
from weakref import WeakKeyDictionary

from recoil_assets.domain.errors import ProviderError, UsageError
from recoil_assets.production.ports import NotSentError
from resources.environment import state_folder
from resources.providers.account_files import AccountFiles
from resources.providers.account_rules import AccountState, Asking, Limits
from resources.providers.secret import Secret

MOST_WAIT_S = 120.0
"""Longest a request waits for its turn, seconds; beyond it the caller is told instead."""
MOST_WAIT_TO_SUBMIT_S = 20.0
"""The same for a submission: longer waits are the dispatcher's, who holds nothing meanwhile and sees a stop."""
_FIRST_LOOK_S = 0.2
"""First wait before a slot is looked for again, seconds; it shrinks with the time waited, to ``_LAST_LOOK_S``."""
_LAST_LOOK_S = 0.02
_REFUSED = frozenset({401, 402, 403})
"""The key, the credit or the account itself: nothing that is sent with the key will be taken."""
_UNPAID = 402
_TOO_MANY = 429
_SERVER_FAULT = 500

T = TypeVar("T")


class OpenAccount:
    """``ports.Account`` without limits: of a provider that runs on this machine."""

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """See ``ports.Account``."""
        yield

    def closed(self) -> str:
        """See ``ports.Account``."""
        return ""


class SharedAccount:
    """``ports.Account`` of a paid provider, shared by every process of this user on this machine.

    The limits are of the account that the key opens, so they are shared by the key's fingerprint: another
    project with the same key waits for the same slots, and a new key begins anew.

    Attributes:
        folder: where what is known of it is kept.
        now: the time, seconds since 1970.

    Args:
        provider: the adapter's name.
        key: opens the account.
        limits: what the account may do, where the environment does not say otherwise.
        folder: where accounts are kept; the user's state folder where not said.
        now: seconds since 1970.
        sleep: waits so many seconds for a turn; a test's own clock goes on by them.
    """

    def __init__(
        self,
        provider: str,
        key: Secret,
        limits: Limits,
        *,
        folder: Path | None = None,
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        name = f"{provider}-{key.fingerprint(f'account at {provider}')}"
        self.folder = (folder or state_folder()) / "accounts" / name
        self._files = AccountFiles(self.folder)
        self._provider = provider
        self._key = key
        self._limits = limits
        self.now = now
        self._sleep = sleep
        self._queues: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()

    def closed(self) -> str:
        """See ``ports.Account``. Reads one small file."""
        state = self._files.read()
        why = state.closed(self.now())
        return (
            f"{why} (once that is right again: recoil provider reopen {self._provider})"
            if state.refused
            else why
        )

    def reopen(self) -> None:
        """Forget a refusal and an outage: a person looked at the account and says that it is well again."""
        self._files.change(lambda _: AccountState())

    def require_folder(self) -> None:
        """Make the account's folder; ``ProviderError`` where it can not be."""
        self._files.require_folder()

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """See ``ports.Account``. A kernel lock on one of as many files as the account has slots.

        Within a process the slots are given in the order they were asked for. Between processes the one who
        has waited longest looks most often.
        """
        with ExitStack() as mine:
            async with self._queue():
                waited_since = time.monotonic()
                while not await _taken(self._free_slot, mine):
                    waited_s = time.monotonic() - waited_since
                    look_s = max(_FIRST_LOOK_S / (1 + waited_s), _LAST_LOOK_S)
                    await asyncio.sleep(look_s * random.uniform(0.5, 1.5))  # noqa: S311  jitter
            yield

    def _free_slot(self) -> ExitStack | None:
        numbers = list(range(1, self._limits.concurrency + 1))
        random.shuffle(numbers)
        for number in numbers:
            if lock := self._files.locked(self._files.slot(number)):
                return lock
        return None

    def _queue(self) -> asyncio.Lock:
        """One for each event loop: a lock of asyncio belongs to the loop it was first waited for in."""
        return self._queues.setdefault(asyncio.get_running_loop(), asyncio.Lock())

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """The time of something that no other run does at once with this account; freed by death, never by time.

        Raises:
            NotSentError: the account's folder can not be written.
        """
        with ExitStack() as mine:
            while not await self._alone_now(mine):  # noqa: ASYNC110  another process frees it
                await asyncio.sleep(_FIRST_LOOK_S * random.uniform(0.1, 0.5))  # noqa: S311  jitter
            yield

    async def _alone_now(self, mine: ExitStack) -> bool:
        try:
            return await _taken(lambda: self._files.locked(self._files.alone), mine)
        except ProviderError as error:
            raise NotSentError(error.message, cure=error.cure) from error

    @asynccontextmanager
    async def submission(self) -> AsyncIterator[None]:
        """The time of one POST that may cost money; ``heard`` or ``lost`` is called inside it.

        While an outage may be over, one submission at a time finds out, and the others wait for what it finds.

        Raises:
            NotSentError: the account is closed, or paused for longer than a request waits. Nothing was sent.
        """
        with ExitStack() as mine:
            while self._files.read().probing(self.now()):
                if await _taken(lambda: self._files.locked(self._files.probe), mine):
                    break
                await asyncio.sleep(_FIRST_LOOK_S)
            if why := self.closed():
                # Asked for again at once, the dispatcher finds the account closed and says so on the cell.
                raise NotSentError(why, retry_after_s=0)
            try:
                wait_s = await self._turn(MOST_WAIT_TO_SUBMIT_S)
            except ProviderError as error:
                raise NotSentError(error.message, cure=error.cure) from error
            if wait_s > 0:
                raise NotSentError(_used_up(wait_s), retry_after_s=wait_s, cure="wait so long")
            yield

    @asynccontextmanager
    async def request(self) -> AsyncIterator[None]:
        """The time of one request that costs nothing. It is made whether or not the account is closed.

        Raises:
            ProviderError: the provider asked for a longer pause than a request waits.
        """
        if wait_s := await self._turn(MOST_WAIT_S):
            raise ProviderError(_used_up(wait_s), cure="nothing is lost; materialise the cell again later")
        yield

    async def _turn(self, patience_s: float) -> float:
        """Wait until the rate and the provider's pause allow one more request, and take it.

        Returns 0, or the seconds still to wait where they are more than ``patience_s``; nothing is taken then.
        """
        until = time.monotonic() + patience_s
        while (wait_s := await asyncio.to_thread(self._take)) > 0:
            if time.monotonic() + wait_s > until:
                return wait_s
            await self._sleep(wait_s * random.uniform(1, 1.1))  # noqa: S311  jitter
        return 0.0

    def _take(self) -> float:
        wait: list[float] = []

        def take(state: AccountState) -> AccountState:
            after, wait_s = state.took(self.now(), self._limits)
            wait.append(wait_s)
            return after

        self._files.change(take)
        return wait[0]

    async def heard(
        self, asking: Asking, status: int, *, retry_after_s: float | None = None, said: str = ""
    ) -> None:
        """Take note of an answer, by its HTTP status.

        Args:
            said: what the provider said with it, for people; the key is taken out of it.
        """
        now, said = self.now(), self._key.hidden_in(said or f"HTTP {status}")

        def note(state: AccountState) -> AccountState:
            if status == _TOO_MANY:
                return state.answered(asking).paused(now, retry_after_s)
            if status in _REFUSED:
                return state.answered(asking).refused_by(now, _refusal(status, said))
            if status >= _SERVER_FAULT:
                failed = state.failed(asking, now, said)
                return failed if retry_after_s is None else failed.paused(now, retry_after_s)
            return state.answered(asking)

        await self._change(note)

    async def lost(self, asking: Asking, said: str) -> None:
        """Take note of a request that got no answer: no connection, or one that broke."""
        now = self.now()
        await self._change(lambda state: state.failed(asking, now, self._key.hidden_in(said)))

    async def _change(self, how: Callable[[AccountState], AccountState]) -> None:
        """Keep what was learned. Where it can not be kept, the answer in hand is worth more than the note."""
        if how(before := self._files.read()) != before:
            with suppress(ProviderError, OSError):  # it is held for long, or its disk is full
                await asyncio.to_thread(self._files.change, how)


def _refusal(status: int, said: str) -> str:
    """Why the account is closed, in a line that begins with the status, whether ``said`` does or not."""
    line = said if said.startswith(f"{status}") else f"{status} {said}"
    return f"its credit is used up, or it can not pay ({line})" if status == _UNPAID else line


def _used_up(wait_s: float) -> str:
    return f"no request may be made for another {wait_s:.0f} s, by the account's rate or the provider's word"


def limits_of(provider: str, limits: Limits) -> Limits:
    """``limits``, or what ``RECOIL_<PROVIDER>_CONCURRENCY`` and ``RECOIL_<PROVIDER>_PER_MINUTE`` say instead."""
    prefix = f"RECOIL_{provider.upper()}"
    concurrency = _whole_number(f"{prefix}_CONCURRENCY", limits.concurrency)
    per_minute = _whole_number(f"{prefix}_PER_MINUTE", limits.per_minute)
    return Limits(concurrency=int(concurrency), per_minute=per_minute, burst=min(limits.burst, per_minute))


def _whole_number(name: str, otherwise: float) -> float:
    text = os.environ.get(name, "").strip()
    if not text:
        return otherwise
    if not text.isdecimal() or int(text) < 1:
        raise UsageError(f"{name} is {text!r}", cure="set it to a whole number from 1 up, or unset it")
    return int(text)


async def _taken(take: Callable[[], ExitStack | None], into: ExitStack) -> bool:
    """Take a lock in a thread. Cancelled meanwhile, it is given back: a thread can not be called off."""
    taking = asyncio.ensure_future(asyncio.to_thread(take))
    try:
        lock = await asyncio.shield(taking)
    except asyncio.CancelledError:
        taking.add_done_callback(_give_back)
        raise
    if lock is None:
        return False
    into.push(lock)
    return True


def _give_back(taking: "asyncio.Future[ExitStack | None]") -> None:
    if not taking.cancelled() and taking.exception() is None and (lock := taking.result()):
        lock.close()
