"""A run at an account: ``python -m tests.providers.account_child FOLDER KEY DEED...``; says a line after each deed.

``slot`` takes a slot and holds it, ``busy N`` takes and frees a slot N times and notes how many were held at
once, ``submit N`` asks leave to send N times.
"""

import asyncio
import sys
import time
from pathlib import Path

from recoil_assets.production.event_loop import run_loop
from resources.providers.account import SharedAccount
from resources.providers.account_rules import Limits
from resources.providers.secret import Secret

LIMITS = Limits(concurrency=2, per_minute=600, burst=4)


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


async def hold(account: SharedAccount) -> None:
    async with account.slot():
        say("holding")
        await asyncio.to_thread(sys.stdin.read)
    say("freed")


async def busy(account: SharedAccount, folder: Path, times: int) -> None:
    async def once(number: int) -> None:
        async with account.slot():
            mark = folder / f"held-{id(account)}-{number}-{time.monotonic_ns()}"
            await asyncio.to_thread(mark.touch)
            say(str(len(list(folder.glob("held-*")))))  # noqa: ASYNC240  a handful of marks
            await asyncio.sleep(0.01)
            await asyncio.to_thread(mark.unlink)

    await asyncio.gather(*(once(number) for number in range(times)))


async def submit(account: SharedAccount, times: int) -> None:
    for _ in range(times):
        async with account.submission():
            say(repr(time.time()))


def main(folder: str, key: str, deed: str, times: str = "1") -> None:
    account = SharedAccount("lab", Secret(key, name="LAB_KEY"), LIMITS, folder=Path(folder))
    if deed == "slot":
        run_loop(hold(account))
    elif deed == "busy":
        run_loop(busy(account, Path(folder), int(times)))
    else:
        run_loop(submit(account, int(times)))


if __name__ == "__main__":
    main(*sys.argv[1:])
