"""The stages a cell goes through, and what each is made from: the one place the graph is written down.

The names are the Dagster asset names; ``recoil_assets.assets`` builds its specs from this table.
"""

from dataclasses import dataclass

PLANS = "plans"
SCENE_VERSIONS = "scene_versions"
BOARDS = "boards"
BOARD_REVIEWS = "board_reviews"
REFERENCES = "references"
DISPATCH_PAYLOADS = "dispatch_payloads"
TAKES = "takes"
DAILIES = "dailies"
SPEND_REPORT = "spend_report"


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of a cell.

    Attributes:
        upstream: stages whose record it is made from; ``plans`` is the episode's, the others the cell's.
        code_version: raised when the stage would give another result for the same inputs.
    """

    name: str
    upstream: tuple[str, ...]
    code_version: str = "1"


CELL_STAGES: tuple[Stage, ...] = (
    Stage(SCENE_VERSIONS, (PLANS,)),
    Stage(BOARDS, (SCENE_VERSIONS,)),
    Stage(BOARD_REVIEWS, (BOARDS,)),
    Stage(REFERENCES, (SCENE_VERSIONS,)),
    Stage(DISPATCH_PAYLOADS, (SCENE_VERSIONS, BOARD_REVIEWS, REFERENCES)),
    Stage(TAKES, (DISPATCH_PAYLOADS,)),
)
"""In the order a cell goes through them."""

STORYBOARD_STAGES = (SCENE_VERSIONS, BOARDS)
GENERATE_STAGES = (BOARD_REVIEWS, REFERENCES, DISPATCH_PAYLOADS, TAKES)


def stage_named(name: str) -> Stage:
    """The cell stage of that name; ``KeyError`` where there is none."""
    return {stage.name: stage for stage in CELL_STAGES}[name]
