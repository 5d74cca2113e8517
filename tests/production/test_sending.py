"""One submit an attempt: what becomes of it when the provider does not do as it should."""

from dataclasses import replace
from decimal import Decimal

import pytest

from recoil_assets.domain.attempt import AttemptState
from recoil_assets.domain.errors import LedgerError, ProviderError
from recoil_assets.domain.ledger import Balance, Caps
from recoil_assets.production.bookkeeping import booking_of
from recoil_assets.production.cell_work import RunOptions
from recoil_assets.production.event_loop import run_loop
from recoil_assets.production.outcome import Materialised, Outcome, Table
from recoil_assets.production.ports import (
    Billed,
    JobState,
    JobStatus,
    NotSentError,
    SubmissionUnknownError,
)
from recoil_assets.production.produce import Production, produce
from recoil_assets.production.stages import TAKES
from tests.support.instant_provider import tiny_png
from tests.support.show import Show, cell, settings

from .broken_ports import FullDisk, LedgerIsBusy
from .labs import AnsweringLab, EmptyLab, NamelessLab, RefusingLab

HELD = Balance(spent=Decimal(0), reserved=Decimal("0.30"))
NOTHING = Balance(spent=Decimal(0), reserved=Decimal(0))
PAID = Balance(spent=Decimal("0.25"), reserved=Decimal(0))
REPAINTED = tiny_png(99) + b"\0" * 100


def states(show: Show) -> list[AttemptState]:
    return [attempt.state for attempt in show.attempts(cell(1))]


def test_a_take_is_charged_what_was_billed_and_the_rest_is_freed(quoted: Show) -> None:
    assert quoted.make(stages=[TAKES]).finished(cell(1))
    assert quoted.balance() == PAID
    with quoted.studio() as studio:
        charge = studio.ledger.entries()[-1]
    assert (charge.outcome, charge.evidence) == ("succeeded", "billed")


@pytest.mark.parametrize(
    ("cost", "is_billed", "charged", "evidence"),
    [
        (None, False, "0.30", "estimate"),
        ("0.28", False, "0.28", "reported"),
        ("0.40", True, "0.40", "billed"),
    ],
)
def test_a_success_is_charged_on_the_best_evidence_there_is(
    quoted: Show, cost: str | None, is_billed: bool, charged: str, evidence: str
) -> None:
    cost_usd = None if cost is None else Decimal(cost)
    quoted.lab = AnsweringLab(
        JobStatus(state=JobState.COMPLETED, cost_usd=cost_usd, cost_is_billed=is_billed)
    )
    quoted.make(stages=[TAKES])
    assert quoted.balance() == Balance(spent=Decimal(charged), reserved=Decimal(0))
    with quoted.studio() as studio:
        assert studio.ledger.entries()[-1].evidence == evidence
    (attempt,) = quoted.attempts(cell(1))
    assert attempt.cost_usd == Decimal(charged)


@pytest.mark.parametrize(
    "error",
    [
        ConnectionResetError("after the body was sent"),
        TimeoutError(),
        SubmissionUnknownError("504 from a proxy"),
        ProviderError("500"),
        KeyError("request_id"),
    ],
)
def test_a_submit_that_raises_anything_is_unknown_and_is_never_repeated(
    quoted: Show, error: Exception
) -> None:
    quoted.lab.submit_error = error
    first = quoted.make(stages=[TAKES]).unsettled(cell(1))
    assert "take 1 is unknown with $0.30 held" in first.message
    assert type(error).__name__ in first.message
    assert quoted.balance() == HELD

    quoted.lab.submit_error = None
    assert quoted.make(stages=[TAKES]).unsettled(cell(1)).message == first.message
    assert len(quoted.lab.submitted) == 1
    assert quoted.balance() == HELD


def test_an_unknown_attempt_stops_every_other_request_of_its_beat_too(quoted: Show) -> None:
    quoted.lab.submit_error = TimeoutError()
    quoted.make(stages=[TAKES])
    quoted.lab.submit_error = None
    quoted.change_settings(settings(choices={"style": "noir"}))
    quoted.make().unsettled(cell(1))
    assert len(quoted.lab.submitted) == 1


def test_a_job_that_was_not_taken_fails_the_cell_and_costs_nothing(quoted: Show) -> None:
    quoted.lab.submit_error = NotSentError("no route to host")
    failed = quoted.make(stages=[TAKES]).failed(cell(1))
    assert "was not taken by lab: no route to host" in failed.message
    assert "nothing was spent" in failed.cure
    assert quoted.balance() == NOTHING


def test_jobs_that_were_not_taken_use_up_no_attempt(quoted: Show) -> None:
    quoted.change_settings(settings(choices={"max_takes": 1}))
    quoted.lab = RefusingLab([NotSentError("down")] * 3)
    for _ in range(3):
        quoted.make(stages=[TAKES]).failed(cell(1))
    assert quoted.make(stages=[TAKES]).finished(cell(1))
    assert quoted.balance() == PAID
    assert states(quoted) == [AttemptState.SETTLED] * 4


def test_a_provider_that_asks_to_wait_is_asked_again_under_the_same_attempt(quoted: Show) -> None:
    quoted.lab = RefusingLab([NotSentError("429", retry_after_s=0)] * 2)
    assert quoted.make(stages=[TAKES]).finished(cell(1))
    (attempt,) = quoted.attempts(cell(1))
    assert attempt.sends == 3
    assert [attempt_id for attempt_id, _ in quoted.lab.submitted] == [attempt.attempt_id]
    assert quoted.balance() == PAID


def test_a_provider_that_only_asks_to_wait_is_left_alone_after_three_sends(quoted: Show) -> None:
    quoted.lab = RefusingLab([NotSentError("429", retry_after_s=0)] * 9)
    assert "429" in quoted.make(stages=[TAKES]).failed(cell(1)).message
    assert quoted.lab.posts == 3
    assert quoted.balance() == NOTHING


def test_gates_are_looked_at_again_before_every_send(quoted: Show) -> None:
    """While the provider asks to wait, the reference is repainted: what was quoted is not sent any more."""
    picture = quoted.root / "refs" / "characters" / "MARA.png"
    quoted.lab = RefusingLab(
        [NotSentError("429", retry_after_s=0)], then=lambda: picture.write_bytes(REPAINTED) and None
    )
    blocked = quoted.make(stages=[TAKES]).blocked(cell(1))
    assert blocked.reason == "upstream_changed"
    assert quoted.lab.posts == 1
    assert quoted.balance() == NOTHING
    assert states(quoted) == [AttemptState.SETTLED]


@pytest.mark.parametrize(
    ("billed", "after"),
    [
        (Billed.NO, PAID),
        (Billed.YES, Balance(spent=Decimal("0.55"), reserved=Decimal(0))),
        (Billed.UNKNOWN, HELD),
    ],
)
def test_a_failed_job_is_released_charged_or_held_by_what_is_known(
    quoted: Show, billed: Billed, after: Balance
) -> None:
    quoted.lab.fail_first, quoted.lab.failure_billed = 1, billed
    ended = quoted.make(stages=[TAKES])
    assert quoted.balance() == after
    if billed is Billed.UNKNOWN:
        assert "it was not to be (perhaps billed)" in ended.unsettled(cell(1)).message
        assert len(quoted.lab.submitted) == 1
        quoted.make(stages=[TAKES]).unsettled(cell(1))
        assert len(quoted.lab.submitted) == 1
    else:
        assert ended.finished(cell(1))
        assert len(quoted.lab.submitted) == 2


@pytest.mark.parametrize(("is_billed", "evidence"), [(True, "billed"), (False, "reported")])
def test_a_failed_job_with_an_amount_is_charged_that_amount(
    quoted: Show, is_billed: bool, evidence: str
) -> None:
    quoted.change_settings(settings(choices={"max_takes": 1}))
    quoted.lab = AnsweringLab(
        JobStatus(state=JobState.FAILED, error="nsfw", cost_usd=Decimal("0.11"), cost_is_billed=is_billed)
    )
    assert "nsfw" in quoted.make(stages=[TAKES]).failed(cell(1)).message
    assert quoted.balance() == Balance(spent=Decimal("0.11"), reserved=Decimal(0))
    with quoted.studio() as studio:
        charge = studio.ledger.entries()[-1]
    assert (charge.outcome, charge.evidence) == ("failed_but_billed", evidence)


def test_failing_jobs_use_up_max_takes_and_the_cell_fails_with_the_last_error(quoted: Show) -> None:
    quoted.change_settings(settings(choices={"max_takes": 2}))
    quoted.lab.fail_first = 99
    failed = quoted.make(stages=[TAKES]).failed(cell(1))
    assert "all 2 attempts failed; the last said: it was not to be" in failed.message
    assert "change the shot" in failed.cure
    assert len(quoted.lab.submitted) == 2

    quoted.make(stages=[TAKES]).failed(cell(1))
    assert len(quoted.lab.submitted) == 2, "a second run does not begin to count anew"
    assert quoted.balance() == NOTHING
    assert all(attempt.error for attempt in quoted.attempts(cell(1)))


def test_another_request_of_the_same_beat_counts_anew(quoted: Show) -> None:
    quoted.change_settings(settings(choices={"max_takes": 1}))
    quoted.lab.fail_first = 1
    quoted.make(stages=[TAKES]).failed(cell(1))
    quoted.change_settings(settings(choices={"max_takes": 1, "style": "noir"}))
    assert quoted.make().finished(cell(1))
    first, second = quoted.attempts(cell(1))
    assert (first.intent.number, second.intent.number) == (1, 2), "take numbers never restart"
    assert first.intent.basis != second.intent.basis


@pytest.mark.parametrize("fault", [KeyError("status_url"), ConnectionResetError("while asking")])
def test_a_fault_of_an_adapter_while_it_asks_leaves_the_job_for_the_next_run(
    quoted: Show, fault: Exception
) -> None:
    quoted.lab = lab = AnsweringLab(fault)
    assert type(fault).__name__ in quoted.make(stages=[TAKES]).unsettled(cell(1)).message
    lab._answers = [fault] * 2  # asked when the run begins, and once more when its beat is looked at
    quoted.make(stages=[TAKES]).unsettled(cell(1))
    assert quoted.make(stages=[TAKES]).finished(cell(1))
    assert len(lab.submitted) == 1
    assert quoted.balance() == PAID


def test_a_submission_without_a_request_id_is_unknown(quoted: Show) -> None:
    quoted.lab = NamelessLab()
    assert "gave no request id" in quoted.make(stages=[TAKES]).unsettled(cell(1)).message
    quoted.make(stages=[TAKES]).unsettled(cell(1))
    assert len(quoted.lab.submitted) == 1
    assert quoted.balance() == HELD


def test_a_poll_that_fails_leaves_the_job_for_the_next_run_and_sends_nothing_again(quoted: Show) -> None:
    quoted.lab = AnsweringLab(ProviderError("502 while asking"))
    unsettled = quoted.make(stages=[TAKES]).unsettled(cell(1))
    assert "was sent, and then 502 while asking" in unsettled.message
    assert "never sent twice" in unsettled.cure
    assert quoted.balance() == HELD
    assert quoted.make(stages=[TAKES]).finished(cell(1))
    assert len(quoted.lab.submitted) == 1
    assert quoted.balance() == PAID


def test_a_paid_result_that_can_not_be_fetched_now_is_fetched_by_the_next_run(quoted: Show) -> None:
    quoted.lab.fetch_error = ProviderError("the CDN is down")
    unsettled = quoted.make(stages=[TAKES]).unsettled(cell(1))
    assert "take 1 is completed with $0.30 held" in unsettled.message
    assert states(quoted) == [AttemptState.COMPLETED]
    assert quoted.balance() == HELD

    quoted.lab.fetch_error = None
    assert quoted.make(stages=[TAKES]).finished(cell(1))
    assert len(quoted.lab.submitted) == 1
    assert quoted.balance() == PAID


def test_a_paid_result_is_fetched_although_a_reference_was_repainted_meanwhile(quoted: Show) -> None:
    """The provider made it from the bytes it was sent; results live an hour or less there."""
    quoted.lab = AnsweringLab(ProviderError("502 while asking"))
    quoted.make(stages=[TAKES]).unsettled(cell(1))
    (quoted.root / "refs" / "characters" / "MARA.png").write_bytes(REPAINTED)
    quoted.make(stages=[TAKES])
    (attempt,) = quoted.attempts(cell(1))
    assert attempt.succeeded
    assert quoted.balance() == PAID


def test_a_free_result_that_can_not_be_fetched_fails_cleanly(quoted: Show) -> None:
    quoted.change_settings(settings(choices={"model": "animatic", "max_takes": 1}))
    quoted.animatic.fetch_error = ProviderError("no room for the film")
    assert "no room for the film" in quoted.make().failed(cell(1)).message
    assert quoted.balance() == NOTHING
    assert states(quoted) == [AttemptState.SETTLED]


@pytest.mark.parametrize("writes", [True, False])
def test_a_fetch_that_leaves_no_film_is_a_fetch_that_failed(quoted: Show, writes: bool) -> None:
    quoted.lab = EmptyLab(99, writes=writes)
    assert "take 1 is completed" in quoted.make(stages=[TAKES]).unsettled(cell(1)).message
    assert quoted.balance() == HELD, "nothing is charged for media that is not there"
    quoted.lab._times = 1
    assert quoted.make(stages=[TAKES]).finished(cell(1))
    assert len(quoted.lab.submitted) == 1


def test_a_busy_ledger_after_the_post_leaves_the_take_to_be_settled(quoted: Show) -> None:
    quoted.refit = lambda studio: replace(studio, ledger=LedgerIsBusy(studio.ledger, "charge"))
    assert "is held by process 1234" in quoted.make(stages=[TAKES]).unsettled(cell(1)).message
    assert states(quoted) == [AttemptState.DOWNLOADED]
    quoted.refit = lambda studio: studio
    assert quoted.make(stages=[TAKES]).finished(cell(1))
    assert len(quoted.lab.submitted) == 1
    assert quoted.balance() == PAID


def test_a_busy_ledger_before_the_post_sends_nothing_and_holds_nothing(quoted: Show) -> None:
    quoted.refit = lambda studio: replace(studio, ledger=LedgerIsBusy(studio.ledger, "reserve", "release"))
    assert "is held by process 1234" in quoted.make(stages=[TAKES]).failed(cell(1)).message
    quoted.refit = lambda studio: studio
    assert quoted.balance() == NOTHING
    assert quoted.make(stages=[TAKES]).finished(cell(1))
    assert len(quoted.lab.submitted) == 1
    with quoted.studio() as studio, pytest.raises(LedgerError, match="was released"):
        studio.ledger.reserve(booking_of(quoted.attempts(cell(1))[0].intent), Decimal(1), Caps())


def test_a_disk_that_is_full_before_the_post_sends_nothing_and_holds_nothing(quoted: Show) -> None:
    quoted.refit = lambda studio: replace(studio, journal=FullDisk(studio.journal, "sending"))
    assert "No space left" in quoted.make(stages=[TAKES]).failed(cell(1)).message
    assert quoted.lab.submitted == []
    assert quoted.balance() == NOTHING


def test_an_operations_log_that_can_not_be_written_does_not_lose_a_request_id(quoted: Show) -> None:
    quoted.refit = lambda studio: replace(studio, ops_log=FullDisk(studio.ops_log, "take_dispatched"))
    quoted.make(stages=[TAKES])
    quoted.refit = lambda studio: studio
    assert quoted.make(stages=[TAKES]).finished(cell(1))
    assert len(quoted.lab.submitted) == 1
    assert quoted.balance() == PAID


@pytest.mark.parametrize(
    "result", [{"prompt": "a cut emoji \ud83d"}, {"score": float("nan")}, {"at": object()}]
)
def test_no_answer_of_a_provider_is_too_odd_to_be_written_down(
    quoted: Show, result: dict[str, object]
) -> None:
    quoted.lab = AnsweringLab(
        JobStatus(state=JobState.COMPLETED, result=result, cost_usd=Decimal("0.25"), cost_is_billed=True)
    )
    assert quoted.make(stages=[TAKES]).finished(cell(1))
    assert quoted.balance() == PAID


def test_no_error_of_a_provider_is_too_odd_to_be_written_down(quoted: Show) -> None:
    quoted.lab.submit_error = ProviderError("half an emoji \ud83d")
    quoted.make(stages=[TAKES]).unsettled(cell(1))
    assert states(quoted) == [AttemptState.UNKNOWN]


def test_a_provider_that_asks_to_wait_for_hours_is_not_waited_for(quoted: Show) -> None:
    quoted.lab = RefusingLab([NotSentError("429: tomorrow", retry_after_s=86_400)])
    assert "429: tomorrow" in quoted.make(stages=[TAKES]).failed(cell(1)).message
    assert quoted.lab.posts == 1
    assert quoted.balance() == NOTHING


def test_nothing_is_paid_for_without_room_to_put_it(quoted: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("resources.project_store.media.LEAST_FREE_BYTES", 2**60)
    blocked = quoted.make(stages=[TAKES]).blocked(cell(1))
    assert blocked.reason == "disk_full"
    assert "make room" in blocked.cure
    assert quoted.lab.submitted == []
    assert quoted.balance() == NOTHING
    quoted.change_settings(settings(choices={"model": "animatic"}))
    assert quoted.make().finished(cell(1)), "what costs nothing can be made again"


def test_references_a_provider_left_out_are_shown_on_the_take(quoted: Show) -> None:
    left_out = ["refs/characters/MARA.png"]
    quoted.lab = AnsweringLab(
        JobStatus(
            state=JobState.COMPLETED, result={"left_out_references": left_out}, cost_usd=Decimal("0.25")
        )
    )
    made = quoted.make(stages=[TAKES]).of(cell(1))[-1]
    assert isinstance(made, Materialised)
    table = made.facts["takes"]
    assert isinstance(table, Table)
    assert [row["left_out"] for row in table.rows] == left_out


def test_providers_are_closed_although_a_run_is_cut_short(quoted: Show) -> None:
    closed: list[bool] = []

    async def close() -> None:
        closed.append(True)

    def cut_short(_: Outcome) -> None:
        raise KeyError("nobody listens any more")

    quoted.lab.close = close
    production = Production(
        cells=[cell(1)],
        stages=frozenset([TAKES]),
        options=RunOptions(run_id="r", root_run_id="r"),
        recorded=quoted.records,
    )
    with quoted.studio() as studio, pytest.raises(KeyError):
        run_loop(produce(studio, production, cut_short, lambda: False))
    assert closed == [True]
