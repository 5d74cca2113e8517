"""The version store against a model of it, through any history: two stores on one folder, as two processes are.

The power is cut in the middle too. The last test cuts it before every single file operation of each change.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from recoil_assets.domain.errors import RecoilError, SceneVersionConflictError, UsageError
from recoil_assets.domain.scene import SceneBody
from resources.project_store.layout import Layout
from resources.project_store.structure import SceneFiles
from tests.support.file_cut import power_cut_after

from .samples import CELL, NOW, body

BODIES = tuple(
    body(*shots)
    for shots in (("SH0001",), ("SH0002",), ("SH0001", "SH0002"), ("SH0002", "SH0001"), ("SH0003", "SH0004"))
)
WRITERS = st.integers(0, 1)
NUMBERS = st.integers(1, len(BODIES) + 1)
MEMORY = Path("/dev/shm")  # noqa: S108  each example has a folder of its own there; it spares the disk's fsyncs
Told = tuple[tuple[str, ...], tuple[int, ...], frozenset[int]]


@dataclass(frozen=True)
class Derive:
    body: SceneBody

    def made_in(self, store: "Store") -> None:
        store.derive(CELL, self.body, NOW)


@dataclass(frozen=True)
class Conform:
    number: int
    expected: int

    def made_in(self, store: "Store") -> None:
        store.conform(CELL, self.number, expected=self.expected)


@dataclass(frozen=True)
class Revert:
    expected: int

    def made_in(self, store: "Store") -> None:
        store.revert(CELL, expected=self.expected)


@dataclass(frozen=True)
class Drawn:
    body: SceneBody

    def made_in(self, store: "Store") -> None:
        store.mark_derived(CELL, self.body.digest)


class Done:
    """Stands for a store in which a change is made already."""

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *_, **__: None


Change = Derive | Conform | Revert | Drawn
Store = SceneFiles | Done
CHANGES = st.one_of(
    st.builds(Derive, st.sampled_from(BODIES)),
    st.builds(Conform, NUMBERS, NUMBERS),
    st.builds(Revert, NUMBERS),
    st.builds(Drawn, st.sampled_from(BODIES)),
)


class Versions(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None)
        self.layout = Layout(Path(self.folder.name))
        self.stores = [SceneFiles(self.layout), SceneFiles(self.layout)]
        self.known: list[SceneBody] = []
        self.drawn: set[int] = set()
        self.stack: list[int] = []
        self.bytes: dict[str, bytes] = {}

    @rule(change=CHANGES, writer=WRITERS)
    def change(self, change: Change, writer: int) -> None:
        self.make(change, self.stores[writer])

    @rule(change=CHANGES, operations=st.integers(0, 30))
    def the_power_is_cut_in_the_middle_of_a_change_and_it_is_made_again(
        self, change: Change, operations: int
    ) -> None:
        """All of it is there afterwards or nothing, by whatever a fresh store reads; what is not is repeated."""
        with power_cut_after(operations), suppress(RecoilError):
            change.made_in(SceneFiles(self.layout))
        fresh = SceneFiles(self.layout)
        assert fresh.verify() == ()
        self.make(change, fresh if self.told_by(fresh) == self.told_by_the_model() else Done())

    def make(self, change: Change, store: Store) -> None:
        """Make a change, which is refused exactly where the model says so, and let the model follow."""
        if (error := self.refusal(change)) is not None:
            self.refused(lambda: change.made_in(store), error)
            return
        change.made_in(store)
        match change:
            case Derive(body):
                if body not in self.known:
                    self.known.append(body)
                    if len(self.known) == 1 or body.board_beat is None:
                        self.drawn.add(len(self.known))
                self.stack = self.stack or [1]
            case Conform(number):
                self.stack = [item for item in self.stack if item != number] + [number]
            case Revert():
                self.stack.pop()
            case Drawn(body):
                if body in self.known:
                    self.drawn.add(self.known.index(body) + 1)

    def refusal(self, change: Change) -> type[Exception] | None:
        match change:
            case Derive():
                return None
            case _ if not self.known:
                return UsageError
            case Conform(expected=expected) | Revert(expected) if self.stack[-1] != expected:
                return SceneVersionConflictError
            case Conform(number) if number > len(self.known):
                return UsageError
            case Revert() if len(self.stack) == 1:
                return UsageError
        return None

    def refused(self, move: Callable[[], object], error: type[Exception]) -> None:
        before = self.files()
        with pytest.raises(error):
            move()
        assert self.files() == before, "what was refused wrote something"

    def files(self) -> dict[str, bytes]:
        scenes = self.layout.state / "scenes"
        return {str(path): path.read_bytes() for path in scenes.rglob("*.json")}

    def told_by_the_model(self) -> Told:
        return tuple(item.digest for item in self.known), tuple(self.stack), frozenset(self.drawn)

    def told_by(self, store: SceneFiles) -> Told:
        """The versions, which were and are active, and which are derived, as a store tells them."""
        manifest = store.manifest(CELL)
        if manifest is None:
            return (), (), frozenset()
        derived = {version.number for version in manifest.versions if version.derivation == "derived"}
        digests = tuple(version.digest for version in manifest.versions)
        return digests, (*manifest.before, manifest.active), frozenset(derived)

    @invariant()
    def both_stores_tell_what_the_model_tells(self) -> None:
        for store in self.stores:
            assert self.told_by(store) == self.told_by_the_model()

    @invariant()
    def a_body_is_never_changed_and_every_digest_is_true(self) -> None:
        assert self.stores[0].verify() == ()
        bodies = {path: data for path, data in self.files().items() if "versions" in path}
        assert {path: bodies[path] for path in self.bytes} == self.bytes
        self.bytes = bodies

    def teardown(self) -> None:
        self.folder.cleanup()


Versions.TestCase.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
TestVersions = Versions.TestCase


@pytest.mark.parametrize(
    ("change", "active", "versions"),
    [(Derive(BODIES[3]), 2, 3), (Conform(1, 2), 1, 2), (Revert(2), 1, 2), (Drawn(BODIES[2]), 2, 2)],
    ids=["derive", "conform", "revert", "mark_derived"],
)
def test_a_change_is_whole_or_not_there_before_whichever_file_operation_the_power_is_cut(
    tmp_path: Path, change: Change, active: int, versions: int
) -> None:
    cuts = 0
    while True:
        layout = Layout(tmp_path / str(cuts))
        store = SceneFiles(layout)
        for body_of in (BODIES[0], BODIES[2]):
            store.derive(CELL, body_of, NOW)
        before = store.conform(CELL, 2, expected=1)
        with power_cut_after(cuts) as cut:
            change.made_in(SceneFiles(layout))
        fresh = SceneFiles(layout)
        assert fresh.verify() == ()
        if fresh.manifest(CELL) == before:
            change.made_in(fresh)
        now = fresh.manifest(CELL)
        assert now is not None
        assert now != before
        assert (now.active, len(now.versions)) == (active, versions)
        assert fresh.verify() == ()
        if not cut.happened:
            break
        cuts += 1
    assert cuts >= 5, "the lock, the new file, its bytes, its name and the folder"
