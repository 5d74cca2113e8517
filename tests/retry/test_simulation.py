import pytest

from recoil_assets.domain.diagnosis.classify import classify
from recoil_assets.domain.retry.odds import DEFAULT_ODDS, symptom_of
from tests.retry.simulator import WEIGHTS, Odds, World, perturbed, reversed_odds, shuffled

BEATS = 250


def test_the_simulated_failures_are_ones_that_the_odds_know_of() -> None:
    assert {symptom_of(classify(facts)) for facts, _ in WEIGHTS} <= set(DEFAULT_ODDS)
    assert sum(weight for _, weight in WEIGHTS) == 100


@pytest.mark.parametrize(
    ("odds", "at_most"),
    [(DEFAULT_ODDS, 0.70), (perturbed(1), 0.70), (shuffled(2), 0.70), (reversed_odds(), 0.75)],
    ids=["as stated", "perturbed", "shuffled", "reversed"],
)
def test_a_success_costs_three_tenths_less_than_by_sending_again_or_a_quarter_where_the_best_was_thought_the_worst(
    odds: Odds, at_most: float
) -> None:
    world = World(odds, seed=3, beats=BEATS)
    blind, engine = world.blind(), world.engine()

    assert float(engine.per_success / blind.per_success) <= at_most
    assert engine.rate >= blind.rate


def test_that_holds_where_asking_for_less_is_no_cheaper() -> None:
    world = World(DEFAULT_ODDS, seed=3, beats=BEATS, flat=True)
    blind, engine = world.blind(), world.engine()

    assert float(engine.per_success / blind.per_success) <= 0.70
    assert engine.rate >= blind.rate


@pytest.mark.parametrize("share", [0.2, 0.5])
def test_over_all_beats_less_can_be_saved_for_those_that_succeed_at_once_cost_the_same(share: float) -> None:
    world = World(DEFAULT_ODDS, seed=3, beats=BEATS, failing=share)
    blind, engine, perfect = world.blind(), world.engine(), world.perfect()

    assert perfect.per_success < engine.per_success < blind.per_success
    assert blind.rate < engine.rate < perfect.rate == 1


def test_the_same_seed_plays_the_same_beats() -> None:
    world = World(DEFAULT_ODDS, seed=5, beats=40)

    assert world.engine() == world.engine()
    assert world.blind() == world.blind()
