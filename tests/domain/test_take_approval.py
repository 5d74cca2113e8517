from typing import Any

import pytest

from recoil_assets.domain.attempt import Attempt, AttemptState
from recoil_assets.domain.errors import BlockedError, UsageError
from recoil_assets.domain.take import BeatTakes, PrimaryChoice
from recoil_assets.domain.take_approval import (
    BeatDecisions,
    Decider,
    TakeDecision,
    TakeVerdict,
    approve,
    choose_primary,
    require_no_other_approved,
    require_unapproved_or_named,
    unapprove,
)

from .samples import AT, attempt

INTENT, SENDING, REFUSED, SUBMITTED, COMPLETED, FAILED, DOWNLOADED, UNKNOWN, ABANDONED, SETTLED = AttemptState
BY = Decider("Ines", AT, "the look")


def good(number: int, *, basis: str = "basis") -> Attempt:
    states = (SENDING, SUBMITTED, COMPLETED, DOWNLOADED, SETTLED)
    facts = {DOWNLOADED: {"sha256": f"media {number}"}}
    return attempt(*states, number=number, basis=basis, facts=facts)


ONE, TWO = good(1), good(2)
BAD = attempt(SENDING, SUBMITTED, FAILED, SETTLED, number=3)
OPEN = attempt(SENDING, SUBMITTED, number=4)


def beat(
    *decisions: tuple[Attempt, TakeVerdict], primary: Attempt | None = ONE, takes: Any = (ONE, TWO, BAD)
) -> BeatDecisions:
    return BeatDecisions(
        shot_set="shot set",
        takes=BeatTakes(attempts=takes, primary=primary, primary_media_present=True),
        decisions=tuple(
            TakeDecision(
                number=number,
                shot_set="shot set",
                attempt_id=take.attempt_id,
                sha256="",
                verdict=verdict,
                decided_by="Ines",
                decided_at=AT,
            )
            for number, (take, verdict) in enumerate(decisions, start=1)
        ),
        choice=primary
        and PrimaryChoice(
            number=1, shot_set="shot set", attempt_id=primary.attempt_id, chosen_at=AT, chosen_by="run 1"
        ),
    )


YES, NO = TakeVerdict.APPROVED, TakeVerdict.UNAPPROVED


@pytest.mark.parametrize(
    ("decisions", "approved", "shown"),
    [
        ((), (), "latest t002, none approved"),
        (((TWO, YES),), (TWO,), "latest t002, approved"),
        (((ONE, YES),), (ONE,), "latest t002 not approved, latest approved t001"),
        (((ONE, YES), (ONE, NO)), (), "latest t002, none approved"),
        (((ONE, YES), (ONE, NO), (ONE, YES)), (ONE,), "latest t002 not approved, latest approved t001"),
        (((TWO, YES), (ONE, YES)), (ONE, TWO), "latest t002, approved"),
    ],
)
def test_each_take_s_last_decision_counts_and_latest_and_latest_approved_are_shown_apart(
    decisions: tuple[tuple[Attempt, TakeVerdict], ...], approved: tuple[Attempt, ...], shown: str
) -> None:
    of = beat(*decisions)

    assert of.approved == approved
    assert of.latest == TWO
    assert of.standing == shown


def test_a_beat_without_a_good_take_has_no_latest() -> None:
    assert beat(primary=None, takes=(BAD,)).standing == "no take"
    assert beat(primary=None, takes=()).latest is None


def test_approving_the_primary_leaves_it_where_it_is() -> None:
    made = approve(beat(), ONE.attempt_id, seen="media 1", on_disk="media 1", by=BY)

    assert made.primary is None
    assert made.decision == TakeDecision(
        number=1,
        shot_set="shot set",
        attempt_id=ONE.attempt_id,
        sha256="media 1",
        verdict=YES,
        decided_by="Ines",
        decided_at=AT,
        note="the look",
    )


@pytest.mark.parametrize("primary", [ONE, None])
def test_approving_another_take_makes_it_the_primary_where_that_was_not_approved(
    primary: Attempt | None,
) -> None:
    made = approve(beat(primary=primary), TWO.attempt_id, seen="media 2", on_disk="media 2", by=BY)

    assert made.primary is not None
    assert (made.primary.attempt_id, made.primary.number) == (TWO.attempt_id, 2 if primary else 1)
    assert made.primary.chosen_by == "Ines"


def test_approving_a_second_take_does_not_move_an_approved_primary() -> None:
    made = approve(beat((ONE, YES)), TWO.attempt_id, seen="media 2", on_disk="media 2", by=BY)

    assert (made.primary, made.decision.number) == (None, 2)


@pytest.mark.parametrize(
    ("take", "seen", "on_disk", "reason"),
    [
        (BAD, "x", "x", "take_not_succeeded"),
        (OPEN, "x", "x", "take_not_succeeded"),
        (ONE, "media 1", "", "media_missing"),
        (ONE, "media 1", "media 2", "take_changed"),
        (ONE, "media 0", "media 1", "take_changed"),
        (ONE, "altered", "altered", "take_changed"),
    ],
)
def test_only_media_that_was_made_seen_and_is_there_is_approved(
    take: Attempt, seen: str, on_disk: str, reason: str
) -> None:
    with pytest.raises(BlockedError) as raised:
        approve(beat(takes=(ONE, TWO, BAD, OPEN)), take.attempt_id, seen=seen, on_disk=on_disk, by=BY)

    assert raised.value.reason == reason


def test_what_is_no_take_or_decided_that_way_already_is_a_wrong_use() -> None:
    with pytest.raises(UsageError, match="no take of this beat"):
        approve(beat(), "another", seen="", on_disk="", by=BY)
    with pytest.raises(UsageError, match="approved already"):
        approve(beat((ONE, YES)), ONE.attempt_id, seen="media 1", on_disk="media 1", by=BY)
    with pytest.raises(UsageError, match="not approved"):
        unapprove(beat(), ONE.attempt_id, by=BY)
    with pytest.raises(UsageError, match="primary already"):
        choose_primary(beat(), ONE.attempt_id, media_present=True, by=BY)


def test_an_approval_can_be_taken_back() -> None:
    made = unapprove(beat((ONE, YES)), ONE.attempt_id, by=BY)

    assert (made.number, made.attempt_id, made.verdict) == (2, ONE.attempt_id, NO)


def test_any_good_take_can_be_chosen_where_none_is_approved() -> None:
    made = choose_primary(beat((ONE, YES), (ONE, NO)), TWO.attempt_id, media_present=True, by=BY)

    assert (made.number, made.attempt_id) == (2, TWO.attempt_id)


@pytest.mark.parametrize(
    ("take", "media", "reason"),
    [(BAD, True, "take_not_succeeded"), (TWO, False, "media_missing"), (TWO, True, "take_approved")],
)
def test_a_primary_is_a_good_take_and_where_one_is_approved_an_approved_one(
    take: Attempt, media: bool, reason: str
) -> None:
    with pytest.raises(BlockedError) as raised:
        choose_primary(beat((ONE, YES)), take.attempt_id, media_present=media, by=BY)

    assert raised.value.reason == reason


def test_a_take_to_come_can_not_become_the_primary_of_an_approved_beat() -> None:
    require_no_other_approved(beat())
    with pytest.raises(BlockedError, match="take 1"):
        require_no_other_approved(beat((ONE, YES)))


@pytest.mark.parametrize(
    ("decisions", "basis", "named", "allowed"),
    [
        ((), "another", False, True),
        (((ONE, YES),), "another", False, False),
        (((ONE, YES),), "another", True, True),
        (((ONE, YES),), "basis", False, True),
        (((ONE, YES), (ONE, NO)), "another", False, True),
    ],
)
def test_an_approved_beat_is_never_rendered_again_without_being_named(
    decisions: tuple[tuple[Attempt, TakeVerdict], ...], basis: str, named: bool, allowed: bool
) -> None:
    of = beat(*decisions)

    if allowed:
        require_unapproved_or_named(of, basis=basis, named=named)
    else:
        with pytest.raises(BlockedError) as raised:
            require_unapproved_or_named(of, basis=basis, named=named)
        assert raised.value.reason == "approved_take_stale"


def test_an_approved_beat_whose_primary_was_released_is_not_rendered_unnamed() -> None:
    with pytest.raises(BlockedError):
        require_unapproved_or_named(beat((ONE, YES), primary=None), basis="basis", named=False)
