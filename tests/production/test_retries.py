"""Retries in the take loop: what failed decides what is changed, within limits, and people hear of the rest."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from recoil_assets.domain.failure import FailureFacts
from recoil_assets.domain.ledger import Balance
from recoil_assets.domain.take_quality import FoundFault, MediaFault
from recoil_assets.production.outcome import Table
from recoil_assets.production.ports import Billed, JobState, JobStatus
from recoil_assets.production.stages import TAKES
from resources.filter_labels import FilterLabelFile
from tests.support.show import Show, cell, settings

from .labs import AnsweringLab

FIRST = cell(1)
PAID = Balance(spent=Decimal("0.25"), reserved=Decimal(0))


def failing(error_type: str, location: str = "", **more: object) -> JobStatus:
    """A job that failed with a type of the provider's own, and was not billed unless said otherwise."""
    facts = FailureFacts(error_type=error_type, location=location, http_status=422)
    return JobStatus(
        **{
            "state": JobState.FAILED,
            "error": error_type,
            "billed": Billed.NO,
            "failure": facts,
            **more,
        }
    )


BLOCKED_PROMPT = failing("content_policy_violation", "body.prompt")
BLOCKED_RESULT = failing("content_policy_violation", "body.generated_video")
OUTAGE = failing("internal_server_error")
NO_KEY = JobStatus(
    state=JobState.FAILED, error="401", billed=Billed.NO, failure=FailureFacts(http_status=401)
)


def events(show: Show, name: str) -> list[dict[str, object]]:
    return [event for event in show.events() if event["event"] == name]


def test_a_refused_prompt_is_not_sent_again_as_it_was(quoted: Show) -> None:
    quoted.lab = AnsweringLab(BLOCKED_PROMPT)
    assert quoted.make(stages=[TAKES]).finished(FIRST)
    first, second = (request for _, request in quoted.lab.submitted)
    assert second.prompt.endswith(first.prompt.split("\n")[-1])
    assert second.prompt != first.prompt
    refused, made = quoted.attempts(FIRST)
    assert refused.intent.basis == made.intent.basis
    assert [(change.strategy, change.cost_tier) for change in made.intent.changes] == [
        ("soften_prompt", "same")
    ]
    assert made.intent.sent == second
    assert quoted.balance() == PAID


def test_a_take_that_a_retry_made_is_current_and_says_what_was_changed(quoted: Show) -> None:
    quoted.lab = AnsweringLab(BLOCKED_PROMPT)
    (made,) = quoted.make(stages=[TAKES]).of(FIRST)
    table = made.facts["takes"]  # type: ignore[union-attr]
    assert isinstance(table, Table)
    assert table.rows[0]["changes"] == "soften_prompt"
    assert quoted.make(stages=[TAKES]).finished(FIRST)
    assert len(quoted.lab.submitted) == 2


def test_changes_add_up_over_the_attempts_of_a_request(quoted: Show) -> None:
    quoted.lab = AnsweringLab(BLOCKED_RESULT, BLOCKED_RESULT)
    assert quoted.make(stages=[TAKES]).finished(FIRST)
    strategies = [
        [change.strategy.value for change in attempt.intent.changes] for attempt in quoted.attempts(FIRST)
    ]
    assert strategies == [[], ["soften_prompt"], ["soften_prompt", "shorten"]]


def test_what_was_tried_in_one_run_is_known_in_the_next(quoted: Show) -> None:
    quoted.change_settings(settings(choices={"max_takes": 1}))
    quoted.lab = AnsweringLab(BLOCKED_PROMPT)
    quoted.make(stages=[TAKES]).failed(FIRST)
    quoted.change_settings(settings(choices={"max_takes": 2}))
    assert quoted.make(stages=[TAKES]).finished(FIRST)
    assert quoted.attempts(FIRST)[-1].intent.changes[-1].strategy == "soften_prompt"


def test_an_outage_is_answered_by_the_same_request_once_more(quoted: Show) -> None:
    quoted.lab = AnsweringLab(OUTAGE)
    assert quoted.make(stages=[TAKES]).finished(FIRST)
    first, second = (request for _, request in quoted.lab.submitted)
    assert first == second
    assert quoted.attempts(FIRST)[-1].intent.changes[-1].strategy == "resend"


def test_a_strategy_that_is_chosen_is_an_event_of_its_own(quoted: Show) -> None:
    quoted.lab = AnsweringLab(BLOCKED_PROMPT)
    quoted.make(stages=[TAKES])
    (chosen,) = events(quoted, "retry_strategy_selected")
    assert chosen["strategy"] == "soften_prompt"
    assert chosen["failure_mode"] == "content_hard_input"
    assert (chosen["estimate_usd"], chosen["learned"]) == ("0.300000", False)
    assert chosen["confidence"] == 0.9


def test_a_retry_that_passes_the_threshold_is_warned_of(quoted: Show) -> None:
    quoted.change_settings(settings() + "\n[retry]\nwarn_usd = 0.30\n")
    quoted.lab = AnsweringLab(BLOCKED_PROMPT)
    quoted.make(stages=[TAKES])
    (warned,) = events(quoted, "retry_cost_warning")
    assert (warned["warn_usd"], warned["most_usd"]) == ("$0.30", "$15.00")


@pytest.mark.parametrize(
    ("limit", "reason"),
    [("beat_usd", "retry_beat_cost_reached"), ("episode_usd", "retry_episode_cost_reached")],
)
def test_no_retry_passes_what_retries_may_cost(quoted: Show, limit: str, reason: str) -> None:
    quoted.change_settings(settings() + f"\n[retry]\n{limit} = 0.29\n")
    quoted.lab = AnsweringLab(BLOCKED_PROMPT)
    assert reason in quoted.make(stages=[TAKES]).failed(FIRST).message
    assert len(quoted.lab.submitted) == 1
    assert events(quoted, "beat_strategy_exhausted")[0]["reason"] == reason


def test_a_retry_can_not_pass_a_cap(quoted: Show) -> None:
    quoted.change_settings(settings(caps={"episode_usd": "0.45"}))
    quoted.lab = AnsweringLab(failing("content_policy_violation", "body.prompt", cost_usd=Decimal("0.25")))
    assert quoted.make(stages=[TAKES]).blocked(FIRST).reason == "cap_reached"
    assert len(quoted.lab.submitted) == 1
    assert quoted.balance() == PAID


def test_strategies_and_takes_that_run_out_end_with_different_reasons(quoted: Show) -> None:
    quoted.change_settings(settings(choices={"max_takes": 9}))
    quoted.lab = AnsweringLab(*[BLOCKED_PROMPT] * 9)
    failed = quoted.make(stages=[TAKES]).failed(FIRST)
    assert failed.facts["ended"] == "strategy_exhausted"
    assert len(quoted.lab.submitted) == 2
    assert [event["reason"] for event in events(quoted, "beat_strategy_exhausted")] == ["strategy_exhausted"]
    quoted.change_settings(settings(choices={"max_takes": 2}))
    assert quoted.make(stages=[TAKES]).failed(FIRST).facts["ended"] == "max_takes_reached"
    ended = [
        (event["exhaustion_reason"], event["strategies_tried"]) for event in events(quoted, "beat_exhausted")
    ]
    assert ended == [("strategy_exhausted", ["soften_prompt"]), ("max_takes_reached", ["soften_prompt"])]


def test_a_beat_that_is_handed_over_shows_what_was_tried_what_it_cost_and_what_to_do(quoted: Show) -> None:
    quoted.change_settings(settings(choices={"max_takes": 9}))
    paid = failing("content_policy_violation", "body.prompt", cost_usd=Decimal("0.11"))
    quoted.lab = AnsweringLab(*[paid] * 9)
    failed = quoted.make(stages=[TAKES]).failed(FIRST)
    tried = failed.facts["tried"]
    assert isinstance(tried, Table)
    assert [row["strategy"] for row in tried.rows] == ["as planned", "soften_prompt"]
    assert {row["failure"] for row in tried.rows} == {"content_hard_input"}
    assert failed.facts["cost"] == "$0.22"
    commands = str(failed.facts["next"]).splitlines()
    assert len(commands) == 3
    assert commands[0].startswith("edit SH0001 in plans/ep_001.json, then recoil run ep_001")
    assert all(command in failed.cure for command in commands)


def test_a_failure_that_no_request_cures_asks_a_person_at_once(quoted: Show) -> None:
    quoted.lab = AnsweringLab(*[NO_KEY] * 3)
    failed = quoted.make(stages=[TAKES]).failed(FIRST)
    assert failed.facts["ended"] == "escalate"
    assert "recoil doctor" in failed.cure
    assert len(quoted.lab.submitted) == 1


def test_a_fault_of_the_engine_falls_back_to_a_plain_retry_and_is_logged(quoted: Show) -> None:
    """A ladder that is none, as a damaged installation would have it."""
    quoted.refit = lambda studio: replace(studio, ladders=(None,))  # type: ignore[arg-type]
    quoted.lab = AnsweringLab(failing("generation_timeout"))
    assert quoted.make(stages=[TAKES]).finished(FIRST)
    first, second = (request for _, request in quoted.lab.submitted)
    assert first == second
    assert quoted.attempts(FIRST)[-1].intent.changes[-1].strategy == "resend"
    assert "TypeError" in str(events(quoted, "strategy_engine_error")[0]["error"])


def test_retries_that_think_can_be_switched_off(quoted: Show) -> None:
    quoted.change_settings(settings() + "\n[retry]\nenabled = false\n")
    quoted.lab = AnsweringLab(BLOCKED_PROMPT)
    assert quoted.make(stages=[TAKES]).finished(FIRST)
    first, second = (request for _, request in quoted.lab.submitted)
    assert first == second


def test_hard_blocks_are_labelled_and_nothing_else_is(quoted: Show) -> None:
    quoted.change_settings(settings(choices={"max_takes": 3}))
    quoted.lab = AnsweringLab(BLOCKED_PROMPT, OUTAGE)
    assert quoted.make(stages=[TAKES]).finished(FIRST)
    (label,) = FilterLabelFile(quoted.root).all()
    assert label.attempt_id == quoted.attempts(FIRST)[0].attempt_id
    assert (label.stage, label.subject, label.model) == ("input", "prompt", "reel")
    assert label.prompt == quoted.lab.submitted[0][1].prompt


def black_first(path: Path) -> tuple[FoundFault, ...]:
    return (FoundFault(MediaFault.BLACK, "100% of it are black"),) if ".t001." in path.name else ()


def test_a_file_that_is_no_take_is_a_failure_that_was_billed_and_is_kept(quoted: Show) -> None:
    quoted.inspector.judge = black_first
    assert quoted.make(stages=[TAKES]).finished(FIRST)
    bad, good = quoted.attempts(FIRST)
    assert not bad.succeeded
    assert "100% of it are black" in bad.error
    assert (quoted.root / bad.intent.media_path).stat().st_size > 0
    assert (bad.cost_usd, good.cost_usd) == (Decimal("0.25"), Decimal("0.25"))
    with quoted.studio() as studio:
        charges = [entry.outcome for entry in studio.ledger.entries() if entry.kind == "charge"]
    assert charges == ["failed_but_billed", "succeeded"]
    assert good.intent.changes, "what came out bad is not asked for again as it was"


@pytest.mark.parametrize(
    ("cost", "charged"), [(None, "0.300000"), (Decimal(0), "0"), (Decimal("0.12"), "0.12")]
)
def test_a_bad_file_is_charged_by_evidence(quoted: Show, cost: Decimal | None, charged: str) -> None:
    quoted.change_settings(settings(choices={"max_takes": 1}))
    quoted.inspector.judge = black_first
    quoted.lab = AnsweringLab(
        JobStatus(state=JobState.COMPLETED, cost_usd=cost, cost_is_billed=cost is not None)
    )
    quoted.make(stages=[TAKES]).failed(FIRST)
    assert quoted.balance() == Balance(spent=Decimal(charged), reserved=Decimal(0))


def test_what_came_of_earlier_retries_is_learned_from_the_journal(quoted: Show) -> None:
    """Ten times a softened prompt was refused again: it is no longer the first thing that is tried."""
    quoted.change_settings(settings(choices={"max_takes": 9}))
    styles = [f"style {number}" for number in range(11)]
    for style in styles[:10]:
        quoted.change_settings(settings(choices={"max_takes": 2, "style": style}))
        quoted.lab = AnsweringLab(BLOCKED_RESULT, BLOCKED_RESULT)
        quoted.make().failed(FIRST)
    quoted.change_settings(settings(choices={"max_takes": 2, "style": styles[10]}))
    quoted.lab = AnsweringLab(BLOCKED_RESULT)
    assert quoted.make().finished(FIRST)
    chosen = [event["strategy"] for event in events(quoted, "retry_strategy_selected")]
    assert chosen == ["soften_prompt"] * 10 + ["shorten"]
