"""Where the runs of a machine share what they know of an account: a folder of the user's, a few small files.

Nothing in it is the key or can be turned back into it. A file that is damaged or gone reads as an account that
nothing is known of: limits are learned again from the provider's next answers, and no money rests on them.
"""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path

from recoil_assets.domain.errors import ProviderError
from resources.ledger.kernel_lock import held, holder
from resources.providers.account_rules import AccountState, Failures

_LOCK_WAIT_S = 10.0
_LOCK_POLL_S = 0.005


class AccountFiles:
    """An account's folder: ``state.json`` with its lock, ``probe.lock``, and a lock file a slot."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._state = folder / "state.json"
        self.probe = folder / "probe.lock"
        self.alone = folder / "alone.lock"

    def slot(self, number: int) -> Path:
        """The lock file of a slot."""
        return self._folder / f"slot-{number:03d}.lock"

    def locked(self, path: Path) -> ExitStack | None:
        """The kernel lock at ``path``, to be closed by its holder; None where it is held."""
        self.require_folder()
        with ExitStack() as stack:
            if stack.enter_context(held(path)):
                return stack.pop_all()
        return None

    def read(self) -> AccountState:
        """What is known of the account. Waits for nobody: the file is only ever replaced whole."""
        try:
            known = json.loads(self._state.read_text(encoding="utf-8"))
            submit, poll = (Failures(**known.pop(name)) for name in ("submit", "poll"))
            return AccountState(submit=submit, poll=poll, **known)
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return AccountState()

    def change(self, how: Callable[[AccountState], AccountState]) -> AccountState:
        """Change what is known, one process at a time; returns it.

        Raises:
            ProviderError: the folder can not be written, or another process has held it for long.
        """
        with self._alone():
            before = self.read()
            after = how(before)
            if after != before:
                try:
                    partial = self._state.with_suffix(".part")
                    partial.write_text(json.dumps(asdict(after)), encoding="utf-8")
                    partial.replace(self._state)
                except OSError as error:
                    raise ProviderError(
                        f"the account's state could not be written to {self._folder}: {error}",
                        cure="make room there, or set RECOIL_STATE_DIR to another folder",
                    ) from error
            return after

    @contextmanager
    def _alone(self) -> Iterator[None]:
        path = self._folder / "state.lock"
        until = time.monotonic() + _LOCK_WAIT_S
        self.require_folder()
        while True:
            with held(path) as mine:
                if mine:
                    yield
                    return
            if time.monotonic() > until:
                raise ProviderError(
                    f"the account's state in {self._folder} is held by {holder(path)}",
                    cure="see what that process does, and end it if it hangs",
                )
            time.sleep(_LOCK_POLL_S)

    def require_folder(self) -> None:
        """Make the folder; ``ProviderError`` where it can not be."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise ProviderError(
                f"the folder {self._folder}, by which all runs keep to an account's limits, can not be made: {error}",
                cure="set RECOIL_STATE_DIR to a folder that can be written",
            ) from error
