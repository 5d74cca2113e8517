import pytest

from recoil_assets.domain.attempt import Attempt, AttemptState
from recoil_assets.domain.take import BeatStanding, BeatTakes, attempts_used, beat_standing

from .samples import attempt

INTENT, SENDING, REFUSED, SUBMITTED, COMPLETED, FAILED, DOWNLOADED, UNKNOWN, ABANDONED, SETTLED = AttemptState

GOOD = attempt(SENDING, SUBMITTED, COMPLETED, DOWNLOADED, SETTLED)
STALE = attempt(SENDING, SUBMITTED, COMPLETED, DOWNLOADED, SETTLED, basis="an older request")
BAD = attempt(SENDING, SUBMITTED, FAILED, SETTLED)
BAD_STALE = attempt(SENDING, SUBMITTED, FAILED, SETTLED, basis="an older request")
NEVER_SENT = attempt(SENDING, REFUSED, ABANDONED, SETTLED)
WRITTEN_OFF = attempt(SENDING, UNKNOWN, SETTLED)


def standing(
    *attempts: Attempt, primary: Attempt | None = None, media: bool = True, max_takes: int = 3
) -> BeatStanding:
    takes = BeatTakes(attempts=attempts, primary=primary, primary_media_present=media)
    return beat_standing(takes, basis="basis", max_takes=max_takes)


@pytest.mark.parametrize(
    ("attempts", "primary", "media", "expected"),
    [
        ((attempt(SENDING, UNKNOWN),), None, False, BeatStanding.UNSETTLED),
        ((GOOD, attempt(SENDING, UNKNOWN)), GOOD, True, BeatStanding.UNSETTLED),
        ((attempt(SENDING, SUBMITTED), attempt(SENDING, UNKNOWN)), None, False, BeatStanding.UNSETTLED),
        ((BAD, BAD, BAD, attempt(SENDING, UNKNOWN)), None, False, BeatStanding.UNSETTLED),
        ((attempt(SENDING, UNKNOWN, basis="an older request"),), None, False, BeatStanding.UNSETTLED),
        ((attempt(),), None, False, BeatStanding.LIVE),
        ((attempt(SENDING),), None, False, BeatStanding.LIVE),
        ((attempt(SENDING, SUBMITTED),), None, False, BeatStanding.LIVE),
        ((attempt(SENDING, SUBMITTED, FAILED),), None, False, BeatStanding.LIVE),
        ((GOOD, attempt(SENDING, SUBMITTED)), GOOD, True, BeatStanding.LIVE),
        ((attempt(SENDING, SUBMITTED, basis="an older request"),), None, False, BeatStanding.LIVE),
        ((GOOD,), GOOD, True, BeatStanding.CURRENT),
        ((BAD, BAD, GOOD), GOOD, True, BeatStanding.CURRENT),
        ((GOOD,), GOOD, False, BeatStanding.MEDIA_MISSING),
        ((BAD, BAD, BAD), None, False, BeatStanding.EXHAUSTED),
        ((STALE, BAD, BAD, BAD), STALE, True, BeatStanding.EXHAUSTED),
        ((WRITTEN_OFF, BAD, BAD), None, False, BeatStanding.EXHAUSTED),
        ((), None, False, BeatStanding.RENDER),
        ((BAD, BAD), None, False, BeatStanding.RENDER),
        ((STALE,), STALE, True, BeatStanding.RENDER),
        ((STALE,), STALE, False, BeatStanding.RENDER),
        ((BAD_STALE, BAD_STALE, BAD_STALE), None, False, BeatStanding.RENDER),
        ((NEVER_SENT, NEVER_SENT, NEVER_SENT), None, False, BeatStanding.RENDER),
    ],
)
def test_what_a_beat_needs_is_decided_by_uncertain_money_then_flight_then_its_primary_then_attempts(
    attempts: tuple[Attempt, ...], primary: Attempt | None, media: bool, expected: BeatStanding
) -> None:
    assert standing(*attempts, primary=primary, media=media) is expected


@pytest.mark.parametrize(("max_takes", "expected"), [(1, BeatStanding.EXHAUSTED), (2, BeatStanding.RENDER)])
def test_a_beat_is_exhausted_when_its_attempts_reach_max_takes(
    max_takes: int, expected: BeatStanding
) -> None:
    assert standing(BAD, max_takes=max_takes) is expected


def test_only_sent_attempts_of_this_very_request_count() -> None:
    assert attempts_used((BAD, BAD_STALE, NEVER_SENT, WRITTEN_OFF, GOOD), basis="basis") == 3
    assert attempts_used((BAD, BAD_STALE), basis="an older request") == 1
    assert attempts_used((), basis="basis") == 0
