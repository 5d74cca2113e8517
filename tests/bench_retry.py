"""What retries that think cost beside blind ones, in a simulated world: see ``tests.retry.simulator``."""

from collections.abc import Iterator
from decimal import Decimal

from recoil_assets.domain.retry.odds import DEFAULT_ODDS
from tests.retry.simulator import Ledger, Odds, World, perturbed, reversed_odds, scaled, shuffled

BEATS, SEED = 2_000, 1
VARIED_BEATS, VARIATIONS = 400, 5
FAILING = (0.2, 0.5)
"""Shares of first attempts that fail: of a plain episode, and of one much refused. Assumed: nobody publishes one."""

Row = tuple[str, float, str]
"""Name, ratio, and what was compared."""


def measure() -> Iterator[Row]:
    """Cost of a success by the engine, by that of a success by sending again: over beats that have to be retried.

    Then over all beats, where a share of first attempts succeeds and costs both the same. That bounds what can be
    saved: beside it stands the ratio of a policy whose every first retry succeeds.
    """
    yield _row("retry_retried_beats", World(DEFAULT_ODDS, SEED, BEATS), "all retried; the odds are as stated")
    for share in FAILING:
        yield _all_beats(share)
    yield _row(
        "retry_same_price", World(DEFAULT_ODDS, SEED, BEATS, flat=True), "nothing is cheaper for asking less"
    )
    yield _rows(
        "retry_perturbed", [perturbed(seed) for seed in range(VARIATIONS)], "each odds ratio off by e or so"
    )
    yield _rows("retry_shuffled", [shuffled(seed) for seed in range(VARIATIONS)], "nobody knew which is best")
    yield _rows("retry_reversed", [reversed_odds()], "the best was thought the worst")
    yield _rows("retry_unlearned", [reversed_odds()], "likewise, and nothing is learned", learns=False)
    yield _rows("retry_weak", [scaled(0.5)], "no change helps half as often as was thought")


def _all_beats(share: float) -> Row:
    """The ratio over all beats, and what it were if nothing had to be retried twice."""
    world = World(DEFAULT_ODDS, SEED, BEATS, failing=share)
    blind = world.blind()
    least = float(world.perfect().per_success / blind.per_success)
    what = f"{share:.0%} of first attempts fail ({least:.2f} if every first retry were a success)"
    return _compared(f"retry_all_beats_{round(share * 100)}", [(blind, world.engine())], what)


def _row(name: str, world: World, what: str, *, learns: bool = True) -> Row:
    return _compared(name, [(world.blind(), world.engine(learns=learns))], what)


def _rows(name: str, worlds: list[Odds], what: str, *, learns: bool = True) -> Row:
    played = [World(odds, SEED + number, VARIED_BEATS) for number, odds in enumerate(worlds)]
    return _compared(name, [(world.blind(), world.engine(learns=learns)) for world in played], what)


def _compared(name: str, played: list[tuple[Ledger, Ledger]], what: str) -> Row:
    """The worst ratio of the worlds played, and the sums of all."""
    blind, engine = (_together([pair[index] for pair in played]) for index in (0, 1))
    worst = max(float(ours.per_success / theirs.per_success) for theirs, ours in played)
    measured = (
        f"{engine.beats} beats, {what}: ${engine.per_success:.2f} a success, {engine.rate:.0%} succeed; "
        f"blind ${blind.per_success:.2f}, {blind.rate:.0%}"
    )
    return name, worst, measured


def _together(ledgers: list[Ledger]) -> Ledger:
    return Ledger(
        spent=sum((ledger.spent for ledger in ledgers), Decimal(0)),
        successes=sum(ledger.successes for ledger in ledgers),
        beats=sum(ledger.beats for ledger in ledgers),
    )
