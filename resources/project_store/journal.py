"""The attempt journal: ``state/attempts/<episode>/<kind>-<shot set>/<number>.jsonl``, a file an attempt.

A state is a line that is added by whoever has the file to itself, by a kernel lock, and found there that the state
may follow: so of two owners only one reaches it. It is on disk before the call returns. ``state/attempts/open/`` has
a name for every unfinished attempt, and ``state/attempts/project.json`` the name that all attempts are booked under.

Paths are text: a path object for each of them costs more than the system calls do (measured).
"""

# ruff: noqa: PTH108, PTH110, PTH112

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fcntl import LOCK_EX
from pathlib import Path

from recoil_assets.domain.attempt import Attempt, AttemptIntent, AttemptKind, AttemptState, StateRecord
from recoil_assets.domain.errors import RecoilError
from resources.project_store.attempt_file import (
    ROOM_BYTES,
    attempt_file,
    new_attempt_file,
)
from resources.project_store.durable import (
    create_announced_file,
    create_file,
    read_open,
    read_sealed,
    sealed_json,
    sync_data,
    write_at,
)
from resources.project_store.layout import Layout
from resources.project_store.locks import take_flock
from resources.project_store.remembered import Remembered

_PROJECT = "project.json"
_SUFFIX = ".jsonl"
_NUMBER = re.compile(r"\d+", re.ASCII)
_ATTEMPT_ID = re.compile(r"(?P<episode>\w+)\.(?P<kind>\w+)\.(?P<shot_set>\w+)\.(?P<number>\d+)", re.ASCII)


class AttemptJournal:
    """See the module.

    Args:
        lock_wait_s: seconds to wait for another process that writes an attempt, before it is refused.
    """

    def __init__(self, layout: Layout, *, lock_wait_s: float = 5.0) -> None:
        self._layout = layout
        self._lock_wait_s = lock_wait_s
        self._episodes: dict[str, str] = {}
        self._project = ""
        self._files = Remembered(attempt_file)

    def open(self, intent: AttemptIntent) -> Attempt:
        """See ``store_ports.Journal``."""
        path, file = self._path(intent.attempt_id), new_attempt_file(intent)
        _refuse_earlier_form(path)
        try:
            create_announced_file(path, file.data, self._marker(intent.attempt_id))
        except FileExistsError as error:
            raise RecoilError(
                f"attempt {intent.attempt_id} exists already; nothing was sent",
                cure="materialise the cell again",
            ) from error
        self._files.keep(path, file.data, file)
        return file.attempt

    def record(self, attempt_id: str, record: StateRecord) -> Attempt:
        """See ``store_ports.Journal``."""
        path = self._path(attempt_id)
        with self._alone(attempt_id) as handle:
            before = self._files.said(path, read_open(handle))
            before.require_may_become(record.state)
            written, after = before.added(record)
            write_at(handle, written, before.end)
            sync_data(handle)
            self._files.keep(path, after.data, after)
        if record.state is AttemptState.SETTLED:
            _remove(self._marker(attempt_id))
        return after.attempt

    def put_away(self, attempt_id: str) -> None:
        """See ``store_ports.Journal``."""
        if not self.attempt(attempt_id).is_open:
            _remove(self._marker(attempt_id))

    def make_room(self, attempt_id: str) -> None:
        """See ``store_ports.Journal``. Room that was seen is there: only states use it up, one at a time."""
        seen = self._files.kept(self._path(attempt_id))
        if seen is not None and seen.room >= ROOM_BYTES // 2:
            return
        with self._alone(attempt_id) as handle:
            file = self._files.said(self._path(attempt_id), read_open(handle))
            if file.room < ROOM_BYTES // 2:
                write_at(handle, b"\0" * ROOM_BYTES, len(file.data))
                sync_data(handle)

    def attempt(self, attempt_id: str) -> Attempt:
        """See ``store_ports.Journal``."""
        attempt = self._read(self._path(attempt_id))
        if attempt is None:
            raise _no_attempt(attempt_id)
        return attempt

    def attempts(self, episode: str, kind: AttemptKind, shot_set: str) -> tuple[Attempt, ...]:
        """See ``store_ports.Journal``."""
        folder = f"{self._layout.attempts}/{episode}/{kind}-{shot_set[:24]}"
        found = (self._read(f"{folder}/{name}") for name in sorted(_attempts_in(folder)))
        return tuple(attempt for attempt in found if attempt is not None)

    def unfinished(self) -> tuple[Attempt, ...]:
        """See ``store_ports.Journal``."""
        found = (self._read(self._path(attempt_id)) for attempt_id in self.open_ids())
        return tuple(attempt for attempt in found if attempt is not None and attempt.is_open)

    def open_ids(self) -> tuple[str, ...]:
        """See ``store_ports.Journal``."""
        if not self._open_folder.is_dir():
            return ()
        names = sorted(marker.name for marker in self._open_folder.iterdir())
        return tuple(name for name in names if _ATTEMPT_ID.fullmatch(name) and self._is_there(name))

    def ids(self) -> tuple[str, ...]:
        """See ``store_ports.Journal``."""
        named = (
            f"{episode.name}.{beat.name.replace('-', '.', 1)}.{name.removesuffix(_SUFFIX)}"
            for episode in _folders_in(self._layout.attempts)
            for beat in _folders_in(episode)
            for name in _attempts_in(beat.path)
        )
        return tuple(sorted(name for name in named if _ATTEMPT_ID.fullmatch(name)))

    def booked_as(self, name: str) -> str:
        """See ``store_ports.Journal``."""
        if not self._project:
            path = self._layout.attempts / _PROJECT
            if (kept := read_sealed(path)) is None:
                with suppress(FileExistsError):
                    create_file(path, sealed_json({"project": self._first_project() or name}))
                return self.booked_as(name)
            self._project = str(kept["project"])
        return self._project

    def _first_project(self) -> str:
        """The project of the oldest intent, where the file that keeps the name is gone."""
        intents = [self.attempt(attempt_id).intent for attempt_id in self.ids()]
        return min(intents, key=lambda intent: intent.created_at).project if intents else ""

    @contextmanager
    def _alone(self, attempt_id: str) -> Iterator[int]:
        """Have an attempt's file to oneself, whoever has the beat; yields it open."""
        path = self._path(attempt_id)
        try:
            handle = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except (FileNotFoundError, NotADirectoryError) as error:
            _refuse_earlier_form(path)
            raise _no_attempt(attempt_id) from error
        try:
            if not take_flock(handle, LOCK_EX, wait_s=self._lock_wait_s):
                raise RecoilError(
                    f"attempt {attempt_id} is being written by another process",
                    cure="wait until that ends, then run again to carry it through",
                )
            yield handle
        finally:
            os.close(handle)

    def _is_there(self, attempt_id: str) -> bool:
        path = self._path(attempt_id)
        _refuse_earlier_form(path)
        return os.path.exists(path)

    def _read(self, path: str) -> Attempt | None:
        try:
            return self._files.read(path).attempt
        except (FileNotFoundError, NotADirectoryError):
            _refuse_earlier_form(path)
            return None

    @property
    def _open_folder(self) -> Path:
        return self._layout.attempts / "open"

    def _marker(self, attempt_id: str) -> str:
        return f"{self._layout.attempts}/open/{attempt_id}"

    def _path(self, attempt_id: str) -> str:
        parts = _ATTEMPT_ID.fullmatch(attempt_id)
        if parts is None:
            raise RecoilError(f"{attempt_id!r} is not an attempt id", cure="list them with recoil take list")
        episode = parts["episode"]
        if episode not in self._episodes:
            self._episodes[episode] = str(self._layout.inside(f"state/attempts/{episode}"))
        return f"{self._episodes[episode]}/{parts['kind']}-{parts['shot_set']}/{parts['number']}{_SUFFIX}"


def _remove(path: str) -> None:
    with suppress(FileNotFoundError):
        os.unlink(path)


def _no_attempt(attempt_id: str) -> RecoilError:
    return RecoilError(f"there is no attempt {attempt_id}", cure="list attempts with recoil take list")


def _folders_in(folder: Path | os.DirEntry[str]) -> Iterator[os.DirEntry[str]]:
    """The folders in a folder, none where it does not exist; ``scandir`` asks the disk once for all of them."""
    with suppress(FileNotFoundError), os.scandir(folder) as entries:
        yield from (entry for entry in entries if entry.is_dir())


def _attempts_in(beat: str) -> list[str]:
    """The names of the attempts' files in a beat's folder, in no order; none where there is no folder."""
    try:
        names = os.listdir(beat)  # noqa: PTH208  names alone are asked for
    except (FileNotFoundError, NotADirectoryError):
        return []
    for name in names:
        if _NUMBER.fullmatch(name):
            _refuse_earlier_form(f"{beat}/{name}{_SUFFIX}")
    return [
        name for name in names if name.endswith(_SUFFIX) and _NUMBER.fullmatch(name.removesuffix(_SUFFIX))
    ]


def _refuse_earlier_form(path: str) -> None:
    """Refuse a journal of folders with a file a state, as it was written at first: no attempt is passed over."""
    folder = path.removesuffix(_SUFFIX)
    if os.path.isdir(folder):
        raise RecoilError(
            f"the attempt in {folder} was recorded by an earlier Recoil, in a form that is no longer read",
            cure="go on with the Recoil that made this project, or begin another with its plans and pictures",
        )
