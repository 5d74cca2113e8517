"""The attempt journal: ``state/attempts/<episode>/<kind>-<shot set>/<number>/``, a file a state.

A state file is created under a name that must be free, so two owners can not both reach a state, and is on
disk with its folder before the call returns. ``submitted`` is the one that must not fail for want of space:
its file is set aside before the POST and filled in place; while it is still empty or torn, the attempt reads
as the state before it. ``state/attempts/open/`` holds a marker for every unfinished attempt, and
``state/attempts/project.json`` the name that all attempts are booked under.
"""

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from recoil_assets.domain.attempt import (
    Attempt,
    AttemptIntent,
    AttemptKind,
    AttemptState,
    StateRecord,
)
from recoil_assets.domain.errors import RecoilError
from resources.project_store.durable import (
    create_file,
    make_folder,
    read_sealed,
    read_small,
    replace_file,
    sealed_json,
    sync_folder,
    unseal_json,
)
from resources.project_store.layout import Layout
from resources.project_store.remembered import Remembered

_ROOM_BYTES = 16 * 1024
_INTENT = "intent.json"
_PROJECT = "project.json"
_RECORD_FILE = re.compile(
    r"(sent_or_abandoned|refused|submitted|completed|failed|downloaded|unknown|settled)-\d+\.json", re.ASCII
)
_ATTEMPT_ID = re.compile(r"(?P<episode>\w+)\.(?P<kind>\w+)\.(?P<shot_set>\w+)\.(?P<number>\d+)", re.ASCII)


class AttemptJournal:
    """See the module."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._places: dict[str, Path] = {}
        self._beats: dict[str, Path] = {}
        self._intents = Remembered(_intent_in)
        self._records = Remembered(_record_in)
        self._written: dict[str, Attempt] = {}

    def open(self, intent: AttemptIntent) -> Attempt:
        """See ``store_ports.Journal``."""
        folder = self._folder(intent.attempt_id)
        self._mark(intent.attempt_id)
        try:
            create_file(folder / _INTENT, sealed_json(intent))
        except FileExistsError as error:
            raise RecoilError(
                f"attempt {intent.attempt_id} exists already; nothing was sent",
                cure="materialise the cell again",
            ) from error
        attempt = self._written[intent.attempt_id] = Attempt(intent=intent)
        return attempt

    def _mark(self, attempt_id: str) -> None:
        """Have the marker of an unfinished attempt, durably."""
        folder = str(self._open_folder)
        flags = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC
        try:
            handle = os.open(f"{folder}/{attempt_id}", flags, 0o666)
        except FileNotFoundError:
            make_folder(self._open_folder)
            handle = os.open(f"{folder}/{attempt_id}", flags, 0o666)
        os.close(handle)
        sync_folder(folder)

    def record(self, attempt_id: str, record: StateRecord) -> Attempt:
        """See ``store_ports.Journal``."""
        attempt = self._as_it_is(attempt_id)
        if not attempt.may_become(record.state):
            raise RecoilError(
                f"attempt {attempt_id} is {attempt.state}; it can not become {record.state}",
                cure="run again to carry it through; recoil take list shows where it stands",
            )
        self._write(attempt_id, record)
        written = attempt.model_copy(update={"records": (*attempt.records, record)})
        if record.state is AttemptState.SETTLED:
            self._marker(attempt_id).unlink(missing_ok=True)
            self._written.pop(attempt_id, None)
        else:
            self._written[attempt_id] = written
        return written

    def put_away(self, attempt_id: str) -> None:
        """See ``store_ports.Journal``."""
        if not self.attempt(attempt_id).is_open:
            self._marker(attempt_id).unlink(missing_ok=True)

    def make_room(self, attempt_id: str) -> None:
        """See ``store_ports.Journal``."""
        path = self._folder(attempt_id) / _ROOM
        handle = os.open(path, os.O_WRONLY | os.O_CREAT, 0o644)
        try:
            os.posix_fallocate(handle, 0, _ROOM_BYTES)
            os.fsync(handle)
        finally:
            os.close(handle)
        sync_folder(path.parent)

    def attempt(self, attempt_id: str) -> Attempt:
        """See ``store_ports.Journal``."""
        attempt = self._read(self._folder(attempt_id))
        if attempt is None:
            raise RecoilError(f"there is no attempt {attempt_id}", cure="list attempts with recoil take list")
        return attempt

    def attempts(self, episode: str, kind: AttemptKind, shot_set: str) -> tuple[Attempt, ...]:
        """See ``store_ports.Journal``."""
        folder = self._layout.attempts / episode / f"{kind}-{shot_set[:24]}"
        if not folder.is_dir():
            return ()
        found = (self._read(child) for child in sorted(folder.iterdir()))
        return tuple(attempt for attempt in found if attempt is not None)

    def unfinished(self) -> tuple[Attempt, ...]:
        """See ``store_ports.Journal``."""
        found = (self._read(self._folder(attempt_id)) for attempt_id in self.open_ids())
        return tuple(attempt for attempt in found if attempt is not None and attempt.is_open)

    def open_ids(self) -> tuple[str, ...]:
        """See ``store_ports.Journal``."""
        if not self._open_folder.is_dir():
            return ()
        names = sorted(marker.name for marker in self._open_folder.iterdir())
        return tuple(name for name in names if _ATTEMPT_ID.fullmatch(name) and self._has_intent(name))

    def ids(self) -> tuple[str, ...]:
        """See ``store_ports.Journal``."""
        named = (
            f"{episode.name}.{beat.name.replace('-', '.', 1)}.{number.name}"
            for episode in _folders_in(self._layout.attempts)
            for beat in _folders_in(episode)
            for number in _folders_in(beat)
            if Path(number, _INTENT).exists()
        )
        return tuple(sorted(name for name in named if _ATTEMPT_ID.fullmatch(name)))

    def booked_as(self, name: str) -> str:
        """See ``store_ports.Journal``."""
        path = self._layout.attempts / _PROJECT
        if (kept := read_sealed(path)) is not None:
            return str(kept["project"])
        with suppress(FileExistsError):
            create_file(path, sealed_json({"project": self._first_project() or name}))
        return self.booked_as(name)

    def _first_project(self) -> str:
        """The project of the oldest intent, of a journal that was begun before it kept the name itself."""
        paths = self._layout.attempts.glob(f"*/*-*/*/{_INTENT}")
        documents = (unseal_json(path.read_bytes()) for path in paths)
        intents = [AttemptIntent.model_validate(document) for document in documents if document is not None]
        return min(intents, key=lambda intent: intent.created_at).project if intents else ""

    def _as_it_is(self, attempt_id: str) -> Attempt:
        """The attempt, without reading what this journal wrote itself where nothing was added to it since.

        Every state is a file of its own, so names tell; only ``submitted`` is filled in place.
        """
        written = self._written.get(attempt_id)
        if written is None:
            return self.attempt(attempt_id)
        folder = str(self._folder(attempt_id))
        with os.scandir(folder) as entries:
            names = {entry.name for entry in entries if _RECORD_FILE.fullmatch(entry.name)}
        names -= {_name(record.state, record.ordinal) for record in written.records}
        if names - {_ROOM} or (names and _read_record(f"{folder}/{_ROOM}") is not None):
            return self.attempt(attempt_id)
        return written

    def _has_intent(self, attempt_id: str) -> bool:
        return (self._folder(attempt_id) / _INTENT).exists()

    @property
    def _open_folder(self) -> Path:
        return self._layout.attempts / "open"

    def _marker(self, attempt_id: str) -> Path:
        return self._open_folder / attempt_id

    def _folder(self, attempt_id: str) -> Path:
        if (known := self._places.get(attempt_id)) is not None:
            return known
        parts = _ATTEMPT_ID.fullmatch(attempt_id)
        if parts is None:
            raise RecoilError(f"{attempt_id!r} is not an attempt id", cure="list them with recoil take list")
        beat = f"state/attempts/{parts['episode']}/{parts['kind']}-{parts['shot_set']}"
        return self._places.setdefault(attempt_id, self._inside(beat) / parts["number"])

    def _inside(self, folder: str) -> Path:
        """The folder of a beat's attempts, resolved once."""
        if folder not in self._beats:
            self._beats[folder] = self._layout.inside(folder)
        return self._beats[folder]

    def _read(self, folder: Path) -> Attempt | None:
        try:
            intent = self._intents.read(folder / _INTENT)
        except (FileNotFoundError, NotADirectoryError):
            return None
        with os.scandir(folder) as entries:
            paths = [entry.path for entry in entries if _RECORD_FILE.fullmatch(entry.name)]
        found = {path: self._records.read(path) for path in paths}
        records = sorted((record for record in found.values() if record is not None), key=_order)
        for path in (path for path, record in found.items() if record is None):
            _refuse_a_gap(Path(path), records)
        return Attempt(intent=intent, records=tuple(records))

    def _write(self, attempt_id: str, record: StateRecord) -> None:
        folder = self._folder(attempt_id)
        path = folder / _name(record.state, record.ordinal)
        data = sealed_json(record)
        if record.state is AttemptState.SUBMITTED and path.exists():
            _fill(path, data)
            return
        try:
            create_file(path, data)
        except FileExistsError as error:
            if _read_record(path) is not None:
                raise RecoilError(
                    f"attempt {attempt_id} reached {record.state} in another process",
                    cure="run again to carry it through",
                ) from error
            if record.state in _EXCLUSIVE:
                raise RecoilError(
                    f"attempt {attempt_id} may have been sent: {path} is damaged",
                    cure="restore state/attempts from a backup, or look at the provider's own record",
                ) from error
            replace_file(path, data)


_RANK = {state: rank for rank, state in enumerate(AttemptState)}
_EXCLUSIVE = (AttemptState.SENDING, AttemptState.ABANDONED)
_AFTER_SENDS = 10_000
_SENT_OR_ABANDONED = "sent_or_abandoned"
_NEED_A_REQUEST_ID = (AttemptState.COMPLETED, AttemptState.FAILED, AttemptState.DOWNLOADED)


def _folders_in(folder: Path | os.DirEntry[str]) -> Iterator[os.DirEntry[str]]:
    """The folders in a folder, none where it does not exist; ``scandir`` asks the disk once for all of them."""
    with suppress(FileNotFoundError), os.scandir(folder) as entries:
        yield from (entry for entry in entries if entry.is_dir())


def _name(state: AttemptState, ordinal: int) -> str:
    """Sending and abandoning share a name: whoever creates the file first decides which it is."""
    if state in _EXCLUSIVE:
        return f"{_SENT_OR_ABANDONED}-{ordinal}.json"
    return f"{state}-{ordinal}.json"


_ROOM = _name(AttemptState.SUBMITTED, 1)


def _order(record: StateRecord) -> tuple[int, int]:
    """Sends and refusals by their ordinal; an uncertain send (the first unknown) next; the rest by rank."""
    if record.state in (AttemptState.SENDING, AttemptState.REFUSED):
        return (record.ordinal, _RANK[record.state])
    if record.state is AttemptState.UNKNOWN and record.ordinal == 1:
        return (_AFTER_SENDS, 0)
    return (_AFTER_SENDS, _RANK[record.state])


def _refuse_a_gap(torn: Path, records: list[StateRecord]) -> None:
    """Refuse an attempt of which a state is damaged that others came after: what it said of money is lost.

    The last state may be torn by a crash. So may ``submitted`` of a send that was then found to be unknown.
    """
    name, _, ordinal = torn.stem.rpartition("-")
    state = AttemptState.SENDING if name == _SENT_OR_ABANDONED else AttemptState(name)
    if state is AttemptState.SUBMITTED:
        after = any(record.state in _NEED_A_REQUEST_ID for record in records)
    else:
        place = _order(StateRecord(state=state, ordinal=int(ordinal), at=""))
        after = any(_order(record) > place for record in records)
    if after:
        raise RecoilError(f"{torn} is damaged", cure="restore state/attempts from a backup")


def _intent_in(path: Path, data: bytes) -> AttemptIntent:
    content = unseal_json(data)
    if content is None:
        raise RecoilError(f"{path} is damaged", cure="restore state/attempts from a backup")
    return AttemptIntent.model_validate(content)


def _record_in(path: Path, data: bytes) -> StateRecord | None:  # noqa: ARG001  as ``Remembered`` calls it
    """The record in a file's bytes; ``None`` where the file is torn, or only set aside so far."""
    content = unseal_json(data)
    return None if content is None else StateRecord.model_validate(content)


def _read_record(path: str | Path) -> StateRecord | None:
    return _record_in(Path(path), read_small(str(path)))


def _fill(path: Path, data: bytes) -> None:
    """Write into a file whose space was set aside; needs no space of its own.

    All of that space is written: what is left of a longer record that was torn there would make this one unreadable.
    """
    if _read_record(path) is not None:
        raise RecoilError(f"{path.parent.name} was submitted already", cure="run again to carry it through")
    handle = os.open(path, os.O_WRONLY)
    try:
        os.pwrite(handle, data.ljust(os.fstat(handle).st_size, b"\0"), 0)
        os.fsync(handle)
    finally:
        os.close(handle)
