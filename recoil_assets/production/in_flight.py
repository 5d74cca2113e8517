"""What is in flight and nobody's: open attempts whose run is gone, while their results wait at a provider."""

from collections.abc import Iterator
from dataclasses import dataclass

from recoil_assets.domain.attempt import AttemptState
from recoil_assets.domain.errors import RecoilError
from recoil_assets.production.studio import InProgressElsewhereError, Studio


@dataclass(frozen=True, slots=True)
class InFlight:
    """An open attempt that no living run owns, and how far it came."""

    attempt_id: str
    state: AttemptState


def in_flight(studio: Studio) -> list[InFlight]:
    """Every attempt of the project that a run could carry on now, whichever cell it is of. Reads only.

    An ``unknown`` one waits for a person, one whose beat is locked is being worked on, and one that can not be
    read is for ``recoil doctor``.
    """
    return list(_unowned(studio))


def _unowned(studio: Studio) -> Iterator[InFlight]:
    for attempt_id in studio.journal.open_ids():
        try:
            attempt = studio.journal.attempt(attempt_id)
            if not attempt.is_open or attempt.state is AttemptState.UNKNOWN:
                continue
            with studio.locks.beat(attempt.intent.episode, attempt.intent.shot_set):
                yield InFlight(attempt_id, attempt.state)
        except InProgressElsewhereError:
            continue
        except (RecoilError, ValueError, OSError) as error:  # damaged, of another version, on a broken disk
            studio.note("attempt_not_read", attempt_id=attempt_id, error=str(error))
