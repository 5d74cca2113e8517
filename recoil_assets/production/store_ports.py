"""The ports of the project directory: plans, structure, status, media and locks, as Protocols.

Every write is atomic and durable when the call returns. Nothing here knows where the files are.
"""

from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from recoil_assets.domain.attempt import Attempt, AttemptIntent, AttemptKind, StateRecord
from recoil_assets.domain.board import Board, Review
from recoil_assets.domain.cell import Cell
from recoil_assets.domain.derivation import DerivationRecord
from recoil_assets.domain.plan import Plan
from recoil_assets.domain.plan_text import PlanText
from recoil_assets.domain.reference import Reference, ReferenceRole
from recoil_assets.domain.roster import Roster
from recoil_assets.domain.scene import SceneBody, SceneManifest
from recoil_assets.domain.take import PrimaryChoice
from recoil_assets.domain.take_approval import TakeDecision
from recoil_assets.production.ports import SentReference


class Plans(Protocol):
    """The plan files."""

    def episodes(self) -> tuple[str, ...]:
        """Episode keys that have a plan file, sorted."""
        ...

    def fingerprint(self, episode: str) -> str:
        """Digest of the file's bytes; ``UsageError`` where the episode has no plan."""
        ...

    def read(self, episode: str) -> Plan:
        """The episode's plan; ``UsageError`` where it has none, ``InvalidPlanError`` where it is refused."""
        ...

    def written(self, episode: str) -> PlanText:
        """The episode's plan as it is written, valid or not; ``InvalidPlanError`` where it is no JSON."""
        ...


class Rosters(Protocol):
    """The batch keys of every episode."""

    def get(self, episode: str) -> Roster | None:
        """The episode's roster, or ``None`` before its plan was taken in."""
        ...

    def put(self, roster: Roster) -> None:
        """Replace the episode's roster."""
        ...

    def episodes(self) -> tuple[str, ...]:
        """Episodes that have a roster, sorted."""
        ...


class Derivations(Protocol):
    """The derivation record of every episode: what its scenes were last cleanly derived from."""

    def get(self, episode: str) -> DerivationRecord | None:
        """The record, or ``None`` where the episode was never cleanly derived."""
        ...

    def put(self, record: DerivationRecord) -> None:
        """Replace the episode's record."""
        ...


class Scenes(Protocol):
    """The version store."""

    def manifest(self, cell: Cell) -> SceneManifest | None:
        """The versions of a cell, or ``None`` where it was never derived."""
        ...

    def body(self, cell: Cell, digest: str) -> SceneBody:
        """The body of that digest; ``RecoilError`` where it is missing or is not what its name says."""
        ...

    def derive(self, cell: Cell, body: SceneBody, at: str) -> SceneManifest:
        """v1 where the cell has none; else ``body`` deduped against all versions or staged as a candidate."""
        ...

    def conform(self, cell: Cell, number: int, *, expected: int) -> SceneManifest:
        """Make version ``number`` active.

        Raises:
            SceneVersionConflictError: ``expected`` is not active: somebody was quicker.
            BlockedError: ``version_in_use``; something is being sent for the active version right now.
        """
        ...

    def revert(self, cell: Cell, *, expected: int) -> SceneManifest:
        """Make that version active again which was so before ``expected``; errors as ``conform``."""
        ...

    def verify(self) -> tuple[str, ...]:
        """Everything that is wrong with any version of any cell, each digest taken again; empty where nothing."""
        ...

    def mark_derived(self, cell: Cell, digest: str) -> SceneManifest:
        """Record that the version's board was drawn."""
        ...


class Boards(Protocol):
    """Drawn storyboards. Boards are only ever added."""

    def latest(self, episode: str, shot_set: str) -> Board | None:
        """The newest board of a shot set, or ``None``."""
        ...

    def find(self, episode: str, shot_set: str, request_digest: str) -> Board | None:
        """The board that answers exactly this drawing request, or ``None``."""
        ...

    def attach(self, board: Board) -> None:
        """Make ``board`` the newest of its shot set; nothing where it already is."""
        ...


class Reviews(Protocol):
    """Decisions about boards. Reviews are only ever added."""

    def history(self, episode: str, shot_set: str) -> tuple[Review, ...]:
        """Every review of a shot set, oldest first."""
        ...

    def latest_numbers(self) -> Mapping[tuple[str, str], int]:
        """The number of the latest review by (episode, shot set); shot sets by the first 24 digits."""
        ...

    def append(self, review: Review) -> None:
        """Add a review; ``RecoilError`` where its number is already taken."""
        ...


class Primaries(Protocol):
    """Which take of a beat is its primary. Choices are only ever added."""

    def current(self, episode: str, shot_set: str) -> PrimaryChoice | None:
        """The latest choice, or ``None``."""
        ...

    def choose(self, episode: str, choice: PrimaryChoice) -> None:
        """Add a choice; ``RecoilError`` where its number is already taken."""
        ...


class TakeDecisions(Protocol):
    """Decisions about takes. Decisions are only ever added."""

    def history(self, episode: str, shot_set: str) -> tuple[TakeDecision, ...]:
        """Every decision about takes of a shot set, oldest first."""
        ...

    def append(self, episode: str, decision: TakeDecision) -> None:
        """Add a decision; ``RecoilError`` where its number is already taken."""
        ...


class KeptChoices(Protocol):
    """The run configuration each cell's requests were last built with: what ``current`` means for its takes."""

    def get(self, cell: Cell) -> Mapping[str, object]:
        """The choices of that run; empty where it had none."""
        ...

    def keep(self, cell: Cell, choices: Mapping[str, object]) -> None:
        """Keep the choices of the run that builds the cell's requests now."""
        ...


class Journal(Protocol):
    """The attempt journal: every state is written once, and is on disk when it is."""

    def open(self, intent: AttemptIntent) -> Attempt:
        """Create the attempt; ``RecoilError`` where the id exists."""
        ...

    def record(self, attempt_id: str, record: StateRecord) -> Attempt:
        """Add a state; ``RecoilError`` where it is recorded already or can not follow the present one."""
        ...

    def put_away(self, attempt_id: str) -> None:
        """List a settled attempt as open no longer: a crash just after it was settled leaves it listed."""
        ...

    def make_room(self, attempt_id: str) -> None:
        """Set disk space aside for the ``submitted`` record, so that a full disk can not lose a request id."""
        ...

    def attempt(self, attempt_id: str) -> Attempt:
        """The attempt as its records say; ``RecoilError`` where there is none."""
        ...

    def attempts(self, episode: str, kind: AttemptKind, shot_set: str) -> tuple[Attempt, ...]:
        """Every attempt of a shot set, oldest first."""
        ...

    def unfinished(self) -> tuple[Attempt, ...]:
        """Every attempt of the project that is not settled."""
        ...

    def open_ids(self) -> tuple[str, ...]:
        """The id of every attempt that may not be settled yet, readable or not."""
        ...

    def ids(self) -> tuple[str, ...]:
        """The id of every attempt of the project. Names only, so that a whole season is listed at once."""
        ...

    def booked_as(self, name: str) -> str:
        """The name the project's attempts are booked under: what it was called when it made its first one.

        Given once and kept, whatever the show is called later, so that a cap outlives a change of name.
        """
        ...


class Media(Protocol):
    """Generated files. A file that exists is never overwritten."""

    def claim(self, relative: str, owner: str) -> bool:
        """Take the name of a file to come; whether it is ``owner``'s now. A name is never given twice.

        A cut of power may take it back before ``keep_claims``.
        """
        ...

    def keep_claims(self) -> None:
        """Make every name that was claimed so far durable: before anything is spent on what is to have it."""
        ...

    def is_free_for(self, relative: str, owner: str) -> bool:
        """Whether ``claim`` would give the name: nobody took it, whole or in part, or ``owner`` did."""
        ...

    def path(self, relative: str) -> Path:
        """Absolute path; ``RecoilError`` where it would leave the project."""
        ...

    def present(self, relative: str) -> bool:
        """Whether the file exists and is not empty."""
        ...

    def require_room(self) -> None:
        """``BlockedError`` where the disk has too little room for what is about to be paid for."""
        ...

    def require_root(self) -> None:
        """``BlockedError`` where the media folder is not the one this project wrote: is its disk mounted?"""
        ...

    def partial(self, relative: str) -> Path:
        """Where to write the file before it is published."""
        ...

    def digest(self, relative: str) -> str:
        """SHA-256 of a published file."""
        ...

    def holds(self, relative: str, sha256: str) -> bool:
        """Whether the file is there with exactly these bytes; read only where it may have changed since it was last."""
        ...

    def publish(self, relative: str) -> str:
        """Make the partial file durable under its name; its SHA-256. ``RecoilError`` where the name is taken."""
        ...


@dataclass(frozen=True, slots=True)
class FilesState:
    """What the file system knows of the reference images, without reading them.

    Attributes:
        token: another one wherever the bytes of an image may be others, or one came or went.
        newest_ns: when one of them was changed last, nanoseconds of the file system's clock. A file that is
            written twice within one tick of that clock may look the same: a young state proves nothing yet.
    """

    token: str
    newest_ns: int


class References(Protocol):
    """Reference images."""

    def state(self, elsewhere: Collection[str]) -> FilesState:
        """The state of every file that ``find`` may give, and of those ``elsewhere``, by their paths."""
        ...

    def is_listed(self, path: str) -> bool:
        """Whether ``state`` looks at that file without being told of it."""
        ...

    def find(self, role: ReferenceRole, name: str) -> tuple[Reference, ...]:
        """References the project has for a character or location, by settings or by file name."""
        ...

    def resolve(self, role: ReferenceRole, name: str, path: str) -> Reference:
        """A named file as a reference, with its fault where it can not be used."""
        ...

    def as_if_repainted(self, files: Collection[Path]) -> "References":
        """The images of this moment, each looked at once, ``files`` as if they had bytes nobody ever saw.

        A file that is not there is taken to be painted. Nothing is read for sending through it.

        Args:
            files: resolved absolute paths.
        """
        ...

    def read(self, reference: Reference) -> SentReference:
        """The bytes, read once; ``BlockedError`` where they are unusable or no longer what was quoted."""
        ...


class Locks(Protocol):
    """Kernel locks: freed by death, never by time. One owner a beat, whoever asks."""

    def beat(self, episode: str, shot_set: str) -> AbstractContextManager[None]:
        """Own a beat; ``InProgressElsewhereError`` at once where someone else does."""
        ...

    def version(self, cell: Cell) -> AbstractContextManager[None]:
        """Keep the cell's active version as it is; any number may. ``BlockedError`` while it is being moved."""
        ...

    def rosters(self) -> AbstractContextManager[None]:
        """Own the show's rosters, waiting for whoever has them; ``RecoilError`` where that takes too long."""
        ...


class Wakes(Protocol):
    """Word from a provider that a job is worth asking about. It may be missing, late or wrong: asking decides."""

    def take(self, provider: str, request_id: str) -> bool:
        """Whether there was word of this job since it was last taken."""
        ...
