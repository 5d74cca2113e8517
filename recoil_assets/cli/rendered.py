"""What a command rendered: the attempts that succeeded while it ran, so that nothing rendered is said too."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from recoil_assets.cli.output import counted
from recoil_assets.domain.ledger import Outcome
from recoil_assets.production.spending import report_spending
from recoil_assets.production.studio import Studio


@dataclass(frozen=True, slots=True)
class Rendered:
    """How many boards were drawn and takes rendered for an episode."""

    boards: int
    takes: int

    def __str__(self) -> str:
        """As people read it."""
        drawn = [f"drew {counted(self.boards, 'board')}"] if self.boards else []
        filmed = [f"rendered {counted(self.takes, 'take')}"] if self.takes else []
        return ", ".join(drawn + filmed) or "nothing was drawn or rendered"


def succeeded_attempts(studio: Studio, episode: str) -> Mapping[str, str]:
    """Every attempt of an episode that succeeded, and its kind: ``board`` or ``take``."""
    lines = report_spending(studio, episode).lines
    return {line.attempt_id: line.kind for line in lines if line.outcome == Outcome.SUCCEEDED}


def rendered_since(studio: Studio, episode: str, before: Mapping[str, str]) -> Rendered:
    """What succeeded that is not among ``before``."""
    now = succeeded_attempts(studio, episode)
    kinds = Counter(kind for attempt_id, kind in now.items() if attempt_id not in before)
    return Rendered(boards=kinds["board"], takes=kinds["take"])
