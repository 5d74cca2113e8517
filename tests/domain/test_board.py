from decimal import Decimal

import pytest
from pydantic import ValidationError

from recoil_assets.domain.board import (
    Board,
    BoardStanding,
    Decision,
    Review,
    board_cure,
    board_standing,
    current_review,
)

from .samples import AT


def board(*, picture: str = "picture", shot_set: str = "shots", **changes: str) -> Board:
    facts = {
        "episode": "ep_001",
        "batch": "BATCH_001",
        "picture": "media/boards/ep_001/BATCH_001.png",
        "scene_digest": "scene",
        "request_digest": "request",
        "attempt_id": "ep_001.board.1",
        "provider": "animatic",
        "model": "animatic-board",
    }
    return Board.model_validate(
        {**facts, "picture_digest": picture, "shot_set": shot_set, "shot_ids": ("SH0010",), **changes}
    )


def review(
    of: Board, decision: Decision = Decision.APPROVED, *, number: int = 1, ceiling: str | None = None
) -> Review:
    return Review(
        number=number,
        episode="ep_001",
        batch="BATCH_001",
        shot_set=of.shot_set,
        decision=decision,
        board_digest=of.digest,
        picture_digest=of.picture_digest,
        reviewer="producer",
        price_ceiling_usd=None if ceiling is None else Decimal(ceiling),
        decided_at=AT,
    )


THIS, OTHER_PICTURE, OTHER_SHOTS = board(), board(picture="another"), board(shot_set="others")
APPROVED, REJECTED = Decision.APPROVED, Decision.REJECTED


@pytest.mark.parametrize(
    ("drawn", "reviews", "standing"),
    [
        (None, [], BoardStanding.NO_BOARD),
        (None, [review(THIS)], BoardStanding.NO_BOARD),
        (THIS, [], BoardStanding.PROPOSED),
        (THIS, [review(THIS, APPROVED)], BoardStanding.APPROVED),
        (THIS, [review(THIS, REJECTED)], BoardStanding.REJECTED),
        (THIS, [review(OTHER_PICTURE, APPROVED)], BoardStanding.SUPERSEDED),
        (THIS, [review(OTHER_SHOTS, APPROVED)], BoardStanding.SUPERSEDED),
        (THIS, [review(OTHER_PICTURE, REJECTED)], BoardStanding.PROPOSED),
        (THIS, [review(THIS, REJECTED), review(THIS, APPROVED)], BoardStanding.APPROVED),
        (THIS, [review(THIS, APPROVED), review(THIS, REJECTED)], BoardStanding.REJECTED),
        (THIS, [review(THIS, APPROVED), review(OTHER_PICTURE, APPROVED)], BoardStanding.SUPERSEDED),
        (THIS, [review(OTHER_PICTURE, REJECTED), review(THIS, APPROVED)], BoardStanding.APPROVED),
    ],
)
def test_a_board_stands_where_the_latest_review_of_exactly_this_picture_and_these_shots_puts_it(
    drawn: Board | None, reviews: list[Review], standing: BoardStanding
) -> None:
    assert board_standing(drawn, reviews, has_board_beat=True) is standing


@pytest.mark.parametrize("drawn", [None, THIS])
def test_a_batch_that_is_made_shot_by_shot_needs_no_board(drawn: Board | None) -> None:
    assert board_standing(drawn, [review(THIS, REJECTED)], has_board_beat=False) is BoardStanding.NOT_REQUIRED


def test_every_standing_that_blocks_has_a_cure() -> None:
    for standing in set(BoardStanding) - {BoardStanding.APPROVED, BoardStanding.NOT_REQUIRED}:
        assert board_cure(standing, "ep_001", "BATCH_002")
    assert board_cure(BoardStanding.PROPOSED, "ep_001", "BATCH_002").endswith(
        ": recoil board approve ep_001 BATCH_002"
    )


@pytest.mark.parametrize("drawn", [None, OTHER_PICTURE, OTHER_SHOTS])
def test_a_review_of_another_board_is_not_the_current_one(drawn: Board | None) -> None:
    assert current_review(drawn, [review(THIS)]) is None


def test_the_current_review_is_the_latest_of_this_board() -> None:
    first, second = review(THIS, REJECTED), review(THIS, APPROVED, number=2)
    assert current_review(THIS, []) is None
    assert current_review(THIS, [first, second]) is second
    assert current_review(THIS, [first, review(OTHER_PICTURE)]) is None


def test_a_ceiling_written_two_ways_is_one_decision() -> None:
    ways = [review(THIS, ceiling=text) for text in ("5", "5.00", "5.000000", "5E+0")]
    assert len({way.digest for way in ways}) == 1
    assert len(set(map(str, ways))) == 1
    read_back = Review.model_validate_json(ways[0].model_dump_json())
    assert (read_back, read_back.digest) == (ways[0], ways[0].digest)


def test_a_ceiling_that_is_no_money_is_refused() -> None:
    for text in ("NaN", "-1", "Infinity"):
        with pytest.raises(ValidationError):
            review(THIS, ceiling=text)


def test_an_approval_is_bound_to_picture_and_shots_and_not_to_the_batch_it_was_given_in() -> None:
    assert len({THIS.digest, OTHER_PICTURE.digest, OTHER_SHOTS.digest}) == 3
    moved = board(batch="BATCH_009", scene_digest="other", request_digest="other")
    assert moved.digest == THIS.digest


def test_a_reviews_digest_is_of_the_decision_its_board_and_its_ceiling_only() -> None:
    same = review(THIS).model_copy(update={"number": 7, "reviewer": "somebody else", "note": "yes"})
    assert same.digest == review(THIS).digest
    others = [
        review(THIS, REJECTED),
        review(OTHER_PICTURE),
        review(THIS, ceiling="5"),
        review(THIS, ceiling="6"),
    ]
    assert len({other.digest for other in [review(THIS), *others]}) == 5
