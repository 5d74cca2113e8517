"""Random histories of a show: everything that people and files do to it between one look and the next.

A step does the same to any graph; what it finds there (a version to conform to, a board to decide about) decides
whether it does anything.
"""

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from recoil_assets.domain.board import Decision
from recoil_assets.domain.cell import Cell
from recoil_assets.domain.errors import RecoilError
from recoil_assets.production.review import Verdict, decide
from recoil_assets.production.stages import DAILIES, SPEND_REPORT
from tests.support.graph import STAGES, GraphUnderTest
from tests.support.instant_provider import tiny_png
from tests.support.project import shot, write_plan

EPISODES = ("ep_001", "ep_002", "ep_003")
PLACES = ("QUAY", "BARN", "ROOF")
PICTURES = ("characters/MARA", "characters/JONA", "locations/QUAY")


@dataclass(frozen=True)
class Batch:
    """A place of an episode: how many shots are set there, in which words, with whom."""

    shots: int
    words: str = "waits"
    who: str = "MARA"


Draft = tuple[Batch | None, ...]
"""What an episode is about, place by place; a place may be left out."""

FULL: Draft = (Batch(2), Batch(1), Batch(2, who="JONA"))
CHANGED: Draft = (Batch(2, words="leaves"), Batch(2), Batch(2, who="JONA"))


@dataclass(frozen=True)
class Write:
    """Write an episode's plan (None takes the file away), and take it in."""

    episode: str
    draft: Draft | None

    def write(self, graph: GraphUnderTest) -> None:
        if self.draft is None:
            (graph.root / "plans" / f"{self.episode}.json").unlink(missing_ok=True)
        else:
            write_plan(graph.root, document(self.episode, self.draft))


@dataclass(frozen=True)
class Make:
    """Materialise stages of neighbouring batches of an episode, with a seed for this run or without."""

    episode: str
    stages: tuple[str, ...] = STAGES
    first: int = 0
    count: int = 99
    seed: int | None = None

    def batches(self, graph: GraphUnderTest) -> tuple[str, ...]:
        keys = graph.instance.get_dynamic_partitions("shot_batches")
        start = self.first % len(keys)
        return tuple(keys[start : start + self.count])

    @property
    def choices(self) -> dict[str, Any]:
        return {} if self.seed is None else {"seed": self.seed}


@dataclass(frozen=True)
class Paint:
    """Paint a reference picture; None takes it away."""

    picture: str
    shade: int | None

    def apply(self, graph: GraphUnderTest) -> str:
        path = graph.root / "refs" / f"{self.picture}.png"
        path.parent.mkdir(exist_ok=True)
        if self.shade is None:
            path.unlink(missing_ok=True)
        else:
            path.write_bytes(tiny_png(self.shade) + b"\0" * 100)
        return ""


@dataclass(frozen=True)
class Conform:
    """Make another version of a cell the active one: a newer one or, to revert, an older one."""

    episode: str
    batch: int
    number: int

    def apply(self, graph: GraphUnderTest) -> str:
        with graph.studio() as studio:
            cell = _cell(graph, self.episode, self.batch)
            manifest = studio.scenes.manifest(cell) if cell else None
            if manifest is None:
                return "no version"
            number = 1 + self.number % len(manifest.versions)
            studio.scenes.conform(cell, number, expected=manifest.active)
            return f"v{manifest.active} to v{number}"


@dataclass(frozen=True)
class Decide:
    """Approve or reject the board of a cell."""

    episode: str
    batch: int
    decision: Decision

    def apply(self, graph: GraphUnderTest) -> str:
        with graph.studio() as studio:
            cell = _cell(graph, self.episode, self.batch)
            if cell is None:
                return "no cell"
            try:
                return decide(studio, cell, Verdict(decision=self.decision, reviewer="pat")).digest
            except RecoilError as error:
                return error.message


@dataclass(frozen=True)
class Look:
    """Cut an episode's dailies, or report what it cost."""

    episode: str
    asset: str


Step = Write | Make | Paint | Conform | Decide | Look


def document(episode: str, draft: Draft) -> dict[str, object]:
    first = 100 * EPISODES.index(episode)
    shots = [
        shot(
            first + 10 * place + number,
            cast=[batch.who],
            place=PLACES[place],
            description=f"{batch.who} {batch.words}",
        )
        for place, batch in enumerate(draft)
        if batch is not None
        for number in range(1, batch.shots + 1)
    ]
    return {"episode": episode, "title": episode, "shots": shots}


def _cell(graph: GraphUnderTest, episode: str, batch: int) -> Cell | None:
    keys = graph.instance.get_dynamic_partitions("shot_batches")
    return Cell(episode, keys[batch % len(keys)]) if keys else None


_EPISODE = st.sampled_from(("ep_001", "ep_001", "ep_001", "ep_002", "ep_003"))
_NUMBER = st.integers(0, 3)
_BATCH = st.builds(
    Batch,
    shots=st.sampled_from((1, 2, 2)),
    words=st.sampled_from(("waits", "leaves")),
    who=st.sampled_from(("MARA", "JONA")),
)
_DRAFT = st.one_of(
    st.just(FULL), st.tuples(*(st.none() | _BATCH for _ in PLACES)).filter(any), st.just(FULL[:2]), st.none()
)
_STAGES = st.one_of(
    st.just(STAGES),
    st.sampled_from(STAGES).map(lambda stage: (stage,)),
    st.sets(st.sampled_from(STAGES), min_size=1).map(
        lambda chosen: tuple(stage for stage in STAGES if stage in chosen)
    ),
)
_MAKE = st.builds(
    Make,
    episode=_EPISODE,
    stages=_STAGES,
    first=_NUMBER,
    count=st.sampled_from((99, 99, 1, 2)),
    seed=st.sampled_from((None, None, None, 7)),
)
_STEP = st.one_of(
    _MAKE,
    _MAKE,
    st.builds(Write, episode=_EPISODE, draft=_DRAFT),
    st.builds(Paint, picture=st.sampled_from(PICTURES), shade=st.none() | st.sampled_from((1, 2))),
    st.builds(Conform, episode=_EPISODE, batch=_NUMBER, number=_NUMBER),
    st.builds(
        Decide,
        episode=_EPISODE,
        batch=_NUMBER,
        decision=st.sampled_from((Decision.APPROVED, Decision.APPROVED, Decision.REJECTED)),
    ),
    st.builds(Look, episode=_EPISODE, asset=st.sampled_from((DAILIES, SPEND_REPORT))),
)


def histories(*, longest: int) -> st.SearchStrategy[list[Step]]:
    """Two batches of an episode carried through, and then anything."""
    return st.lists(_STEP, min_size=longest // 2, max_size=longest).map(
        lambda steps: [Write("ep_001", FULL), Make("ep_001", count=2), *steps]
    )
