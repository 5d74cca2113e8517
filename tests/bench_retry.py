"""What retries that think cost beside blind ones, in a simulated world: see ``tests.retry.simulator``."""

from collections.abc import Iterator
from decimal import Decimal

from recoil_assets.domain.retry.odds import DEFAULT_ODDS
from tests.retry.simulator import Ledger, Odds, World, perturbed, reversed_odds, scaled, shuffled

BEATS, SEED = 2_000, 1
VARIED_BEATS, VARIATIONS = 400, 5

Row = tuple[str, float, str]
"""Name, ratio, and what was compared."""


def measure() -> Iterator[Row]:
    """Cost of a success by the engine, by that of a success by sending again, both over beats that failed once."""
    yield _row("retry", World(DEFAULT_ODDS, SEED, BEATS), "the odds are as stated")
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
