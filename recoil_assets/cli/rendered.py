"""What a command rendered: the attempts that succeeded while it ran, so that nothing rendered is said too."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from recoil_assets.cli.output import counted
from recoil_assets.domain.ledger import Outcome
from recoil_assets.production.rendered_shots import rendered_shot_ids
from recoil_assets.production.spending import report_spending
from recoil_assets.production.studio import Studio


@dataclass(frozen=True, slots=True)
class Rendered:
    """What was drawn and rendered for an episode.

    Attributes:
        shot_ids: shots for which a take was really sent, whatever became of it.
    """

    boards: int
    takes: int
    shot_ids: tuple[str, ...] = ()

    def __str__(self) -> str:
        """As people read it."""
        drawn = [f"drew {counted(self.boards, 'board')}"] if self.boards else []
        filmed = [f"rendered {counted(self.takes, 'take')}"] if self.takes else []
        return ", ".join(drawn + filmed) or "nothing was drawn or rendered"


def succeeded_attempts(studio: Studio, episode: str) -> Mapping[str, str]:
    """Every attempt of an episode that succeeded, and its kind: ``board`` or ``take``."""
    lines = report_spending(studio, episode).lines
    return {line.attempt_id: line.kind for line in lines if line.outcome == Outcome.SUCCEEDED}


def rendered_since(
    studio: Studio, episode: str, before: Mapping[str, str], runs: Collection[str]
) -> Rendered:
    """What succeeded that is not among ``before``, and for which shots these runs sent anything."""
    now = succeeded_attempts(studio, episode)
    booked = [line.attempt_id for line in report_spending(studio, episode).lines]
    attempts = [studio.journal.attempt(attempt_id) for attempt_id in booked if attempt_id not in before]
    sent = [item.intent for item in attempts if item.was_sent and item.intent.run_id in runs]
    kinds = Counter(kind for attempt_id, kind in now.items() if attempt_id not in before)
    return Rendered(
        boards=kinds["board"],
        takes=kinds["take"],
        shot_ids=tuple(rendered_shot_ids(sent, episode)),
    )
