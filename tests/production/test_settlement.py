"""What an attempt is charged where its job has steps: every step that counts, and nothing less certain."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from recoil_assets.domain.ledger import Balance, Evidence
from recoil_assets.production.job_facts import status_facts
from recoil_assets.production.ports import Billed, JobState, JobStatus, StepCost
from recoil_assets.production.settlement import Charge, cost_of_failure, cost_of_success
from recoil_assets.production.stages import TAKES
from tests.support.show import Show, cell, settings

from .labs import AnsweringLab

ESTIMATE = Decimal("0.30")


def step(usd: str | None, *, succeeded: bool = True, billed: Billed = Billed.UNKNOWN) -> StepCost:
    cost = None if usd is None else Decimal(usd)
    return StepCost(name="step", succeeded=succeeded, cost_usd=cost, cost_is_billed=True, billed=billed)


def facts(*steps: StepCost, whole: str | None = None, billed: Billed = Billed.UNKNOWN) -> Mapping[str, Any]:
    cost = None if whole is None else Decimal(whole)
    status = JobStatus(state=JobState.COMPLETED, cost_usd=cost, cost_is_billed=True, steps=steps)
    return {**status_facts(status), "billed": billed}


@pytest.mark.parametrize(
    ("job", "usd", "evidence"),
    [
        (facts(step("0.20"), step("0.11", succeeded=False)), "0.31", Evidence.BILLED),
        (facts(step("0.20"), step(None, succeeded=False, billed=Billed.NO)), "0.20", Evidence.BILLED),
        (facts(step("0.20"), step("0", succeeded=False)), "0.20", Evidence.BILLED),
        (facts(step("0.20"), step("0.05")), "0.25", Evidence.BILLED),
        (facts(step("0.20"), step(None, succeeded=False, billed=Billed.YES)), "0.50", Evidence.ESTIMATE),
        (facts(step("0.20"), step(None, succeeded=False)), "0.50", Evidence.ESTIMATE),
        (facts(step(None), step("0.11", succeeded=False)), "0.41", Evidence.ESTIMATE),
        (facts(step("0.20"), step("0.11", succeeded=False), whole="0.25"), "0.25", Evidence.BILLED),
        (facts(whole="0"), "0", Evidence.BILLED),
        (facts(), "0.30", Evidence.ESTIMATE),
        ({}, "0.30", Evidence.ESTIMATE),
    ],
)
def test_a_success_pays_for_its_good_steps_and_for_those_that_failed_and_were_billed(
    job: Mapping[str, Any], usd: str, evidence: Evidence
) -> None:
    cost = cost_of_success(job, ESTIMATE)
    assert (cost.usd, cost.evidence) == (Decimal(usd), evidence)


@pytest.mark.parametrize(
    ("job", "billed", "usd"),
    [
        (facts(step("0.20"), step(None, succeeded=False, billed=Billed.NO)), Billed.YES, "0.20"),
        (facts(step("0.20"), step("0.11", succeeded=False)), Billed.YES, "0.31"),
        (facts(step("0.20"), step(None, succeeded=False)), Billed.UNKNOWN, None),
        (facts(step(None, succeeded=False, billed=Billed.NO), billed=Billed.NO), Billed.NO, None),
        (facts(step("0.20"), step(None, succeeded=False), billed=Billed.YES), Billed.YES, "0.30"),
        (facts(step(None), billed=Billed.NO), Billed.UNKNOWN, None),
        (facts(billed=Billed.YES), Billed.YES, "0.30"),
        (facts(billed=Billed.NO), Billed.NO, None),
        (facts(), Billed.UNKNOWN, None),
        (facts(whole="0"), Billed.UNKNOWN, None),
    ],
)
def test_a_failure_pays_by_evidence_only(job: Mapping[str, Any], billed: Billed, usd: str | None) -> None:
    cost = cost_of_failure(job, ESTIMATE)
    assert cost.billed is billed
    assert (cost.charge.usd if cost.charge else None) == (None if usd is None else Decimal(usd))


def test_what_costs_nothing_is_never_uncertain() -> None:
    assert cost_of_failure({}, Decimal(0)).billed is Billed.NO
    assert cost_of_success({}, Decimal(0)) == Charge(Decimal(0), Evidence.ESTIMATE)


def test_a_take_with_one_good_and_one_billed_failed_step_is_charged_for_both_once(quoted: Show) -> None:
    steps = (
        StepCost(name="clip", succeeded=True, cost_usd=Decimal("0.20")),
        StepCost(name="upscale", succeeded=False, cost_usd=Decimal("0.07")),
    )
    quoted.lab = AnsweringLab(JobStatus(state=JobState.COMPLETED, steps=steps))
    assert quoted.make(stages=[TAKES]).finished(cell(1))
    assert quoted.balance() == Balance(spent=Decimal("0.27"), reserved=Decimal(0))
    with quoted.studio() as studio:
        charge = studio.ledger.entries()[-1]
    assert charge.note == "clip succeeded: 0.20; upscale failed: 0.07"
    assert charge.evidence is Evidence.REPORTED


def test_a_cap_below_one_second_says_that_no_length_fits_and_names_what_costs_nothing(quoted: Show) -> None:
    quoted.change_settings(settings(caps={"run_usd": "0.05"}))
    blocked = quoted.make(stages=[TAKES]).blocked(cell(1))
    assert "no length of reel fits, whose shortest is 1 s at $0.10/s" in blocked.message
    assert "it would fit on animatic ($0.00)" in blocked.message
