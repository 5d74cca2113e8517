"""The version store against a model of it, through any history: two stores on one folder, as two processes are."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from recoil_assets.domain.errors import SceneVersionConflictError, UsageError
from recoil_assets.domain.scene import SceneBody
from resources.project_store.layout import Layout
from resources.project_store.structure import SceneFiles

from .samples import CELL, NOW, body

BODIES = tuple(
    body(*shots)
    for shots in (("SH0001",), ("SH0002",), ("SH0001", "SH0002"), ("SH0002", "SH0001"), ("SH0003", "SH0004"))
)
WRITERS = st.integers(0, 1)
NUMBERS = st.integers(1, len(BODIES) + 1)


class Versions(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.layout = Layout(Path(self.folder.name))
        self.stores = [SceneFiles(self.layout), SceneFiles(self.layout)]
        self.known: list[SceneBody] = []
        self.drawn: set[int] = set()
        self.stack: list[int] = []
        self.bytes: dict[str, bytes] = {}

    @rule(planned=st.sampled_from(BODIES), writer=WRITERS)
    def derive(self, planned: SceneBody, writer: int) -> None:
        self.stores[writer].derive(CELL, planned, NOW)
        if planned not in self.known:
            self.known.append(planned)
            if len(self.known) == 1 or planned.board_beat is None:
                self.drawn.add(len(self.known))
        self.stack = self.stack or [1]

    @rule(number=NUMBERS, expected=NUMBERS, writer=WRITERS)
    def conform(self, number: int, expected: int, writer: int) -> None:
        def move() -> None:
            self.stores[writer].conform(CELL, number, expected=expected)

        if not self.known:
            self.refused(move, UsageError)
        elif self.stack[-1] != expected:
            self.refused(move, SceneVersionConflictError)
        elif number > len(self.known):
            self.refused(move, UsageError)
        else:
            move()
            if number != expected:
                self.stack = [item for item in self.stack if item != number] + [number]

    @rule(expected=NUMBERS, writer=WRITERS)
    def revert(self, expected: int, writer: int) -> None:
        def move() -> None:
            self.stores[writer].revert(CELL, expected=expected)

        if not self.known:
            self.refused(move, UsageError)
        elif self.stack[-1] != expected:
            self.refused(move, SceneVersionConflictError)
        elif len(self.stack) == 1:
            self.refused(move, UsageError)
        else:
            move()
            self.stack.pop()

    @rule(drawn=st.sampled_from(BODIES), writer=WRITERS)
    def mark_derived(self, drawn: SceneBody, writer: int) -> None:
        if drawn in self.known:
            self.stores[writer].mark_derived(CELL, drawn.digest)
            self.drawn.add(self.known.index(drawn) + 1)

    def refused(self, move: object, error: type[Exception]) -> None:
        assert callable(move)
        before = self.files()
        with pytest.raises(error):
            move()
        assert self.files() == before, "what was refused wrote something"

    def files(self) -> dict[str, bytes]:
        scenes = self.layout.state / "scenes"
        return {str(path): path.read_bytes() for path in scenes.rglob("*.json")}

    @invariant()
    def both_stores_tell_what_the_model_tells(self) -> None:
        for store in self.stores:
            manifest = store.manifest(CELL)
            if manifest is None:
                assert not self.known
                continue
            assert [version.digest for version in manifest.versions] == [item.digest for item in self.known]
            assert [*manifest.before, manifest.active] == self.stack
            derived = {version.number for version in manifest.versions if version.derivation == "derived"}
            assert derived == self.drawn

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
