"""Reviews against a model of them, through any history of drawing, deciding and conforming.

What is never to happen: a board counts as approved whose very picture and shot list nobody approved last, or
that was drawn for another version than the active one.
"""

from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from recoil_assets.domain.board import Board, BoardStanding, Decision
from recoil_assets.domain.digest import digest_of_bytes
from recoil_assets.domain.errors import BlockedError, UsageError
from recoil_assets.domain.scene import Beat, SceneBody
from recoil_assets.production.gates import view_board
from recoil_assets.production.review import Verdict, decide
from recoil_assets.production.scenes import conform, revert
from recoil_assets.production.stages import SCENE_VERSIONS
from tests.support.instant_provider import tiny_png
from tests.support.project import plan
from tests.support.show import Show, cell, settings

PICTURES = tuple(tiny_png(shade) + b"\0" * 100 for shade in (10, 200))
CELL = cell(1)


class Reviews(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.open = ExitStack()
        root = Path(self.open.enter_context(TemporaryDirectory()))
        document = plan("ep_001", batches=1)
        self.show = Show.begin(root / "project", document, text=settings(gate=True))
        self.open.callback(self.show.close)
        # v1 and v2 are of the same shots, v3 has them in another order.
        for change in (None, "description", "order"):
            if change == "description":
                document["shots"][0]["description"] = "another action"  # type: ignore[index]
            elif change == "order":
                document["shots"].reverse()  # type: ignore[attr-defined]
            if change:
                self.show.rewrite_plan(document)
            self.show.make(stages=[SCENE_VERSIONS])
        self.studio = self.open.enter_context(self.show.studio())
        self.active = 1
        self.before: list[int] = []
        self.drawn: dict[str, tuple[int, int]] = {}
        self.decided: dict[str, list[tuple[int, Decision]]] = {}

    @property
    def body(self) -> SceneBody:
        manifest = self.studio.scenes.manifest(CELL)
        assert manifest is not None
        return self.studio.scenes.body(CELL, manifest.active_version.digest)

    @property
    def beat(self) -> Beat:
        (beat,) = self.body.beats
        return beat

    @property
    def shots(self) -> str:
        return self.beat.shot_set

    @rule(number=st.integers(1, 3))
    def conform(self, number: int) -> None:
        conform(self.studio, CELL, number)
        if number != self.active:
            self.before = [item for item in self.before if item not in (number, self.active)] + [self.active]
        self.active = number

    @rule()
    def revert(self) -> None:
        if not self.before:
            with pytest.raises(UsageError):
                revert(self.studio, CELL)
            return
        revert(self.studio, CELL)
        self.active = self.before.pop()

    @rule(picture=st.integers(0, 1))
    def draw(self, picture: int) -> None:
        """A new picture, or the known one attached to the active version."""
        self.studio.boards.attach(self.board(picture))
        self.drawn[self.shots] = (self.active, picture)

    @property
    def present(self) -> int | None:
        """The picture of the board that was drawn last for these shots, if that was for the active version."""
        drawn_for, picture = self.drawn.get(self.shots, (0, 0))
        return picture if drawn_for == self.active else None

    @rule(decision=st.sampled_from(Decision), seen=st.sampled_from((0, 1, None)))
    def decide(self, decision: Decision, seen: int | None) -> None:
        digest = "" if seen is None else self.board(seen).digest
        verdict = Verdict(decision=decision, reviewer="pat", seen_digest=digest)
        present = self.present
        before = self.histories()
        if present is None:
            with pytest.raises(UsageError):
                decide(self.studio, CELL, verdict)
        elif seen is not None and seen != present:
            with pytest.raises(BlockedError, match="redrawn"):
                decide(self.studio, CELL, verdict)
        else:
            decide(self.studio, CELL, verdict)
            self.decided.setdefault(self.shots, []).append((present, decision))
            return
        assert self.histories() == before, "a refused decision was written"

    def board(self, picture: int) -> Board:
        path = f"media/boards/{self.shots[:8]}.{picture}.png"
        file = self.show.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(PICTURES[picture])
        return Board(
            episode=CELL.episode,
            batch=CELL.batch,
            picture=path,
            picture_digest=digest_of_bytes(PICTURES[picture]),
            shot_set=self.shots,
            shot_ids=self.beat.shot_ids,
            scene_digest=self.body.digest,
            request_digest=str(picture),
            attempt_id="",
            provider="lab",
            model="reel-board",
        )

    def histories(self) -> dict[str, tuple[object, ...]]:
        return {shots: self.studio.reviews.history(CELL.episode, shots) for shots in self.decided}

    def expected(self) -> BoardStanding:
        present, mine = self.present, self.decided.get(self.shots, [])
        if present is None:
            return BoardStanding.NO_BOARD
        if not mine:
            others = [of[-1][1] for shots, of in self.decided.items() if shots != self.shots]
            return BoardStanding.SUPERSEDED if Decision.APPROVED in others else BoardStanding.PROPOSED
        picture, decision = mine[-1]
        if decision is Decision.APPROVED:
            return BoardStanding.APPROVED if picture == present else BoardStanding.SUPERSEDED
        return BoardStanding.REJECTED if picture == present else BoardStanding.PROPOSED

    @invariant()
    def a_board_stands_where_the_last_decision_about_exactly_it_put_it(self) -> None:
        view = view_board(self.studio, self.body)
        assert view.standing is self.expected()
        assert (view.approved is not None) == (view.standing is BoardStanding.APPROVED)
        of_another_version = view.standing is BoardStanding.NO_BOARD and self.shots in self.drawn
        assert bool(view.why) == (view.standing is BoardStanding.SUPERSEDED or of_another_version)

    @invariant()
    def every_decision_is_kept(self) -> None:
        for shots, decided in self.decided.items():
            history = self.studio.reviews.history(CELL.episode, shots)
            assert [(item.number, item.decision) for item in history] == [
                (number, decision) for number, (_, decision) in enumerate(decided, start=1)
            ]

    def teardown(self) -> None:
        self.open.close()


Reviews.TestCase.settings = hypothesis_settings(max_examples=10, stateful_step_count=15, deadline=None)
TestReviews = Reviews.TestCase
