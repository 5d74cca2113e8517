"""The named moments of a paid attempt: every durable step, before and after, and what killing there leaves."""

from dataclasses import dataclass, field, replace

from tests.crash.laboratory import Script
from tests.crash.strike import Strike

HALF = "half a download"


@dataclass(frozen=True, slots=True)
class KillPoint:
    """One durable step.

    Attributes:
        name: as the table shows it.
        before: just before it; ``after`` just after it.
        unknown: whether a kill before it, and after it, leaves what nobody can know: ``sending`` is on disk, no
            request id is.
    """

    name: str
    before: Strike
    after: Strike
    unknown: tuple[bool, bool] = (False, False)

    @property
    def script(self) -> Script:
        """A provider as it should be; half a download lies there long enough to be seen where that is wanted."""
        return Script(half_s=0.5 if self.after.step == HALF else 0.0)


def _point(
    name: str, step: str, *, number: int = 1, unknown: tuple[bool, bool] = (False, False)
) -> KillPoint:
    before, after = Strike(step, number=number), Strike(step, after=True, number=number)
    return KillPoint(name, before, after, unknown)


_TO_THE_FILE = (
    _point("intent written", "journal.open"),
    _point("reserve committed", "ledger.reserve"),
    _point("room set aside", "journal.make_room"),
    _point("sending written", "journal.record sending", unknown=(False, True)),
    _point("POST sent", "submit sent", unknown=(True, True)),
    _point("reply received", "submit answered", unknown=(True, True)),
    _point("submitted written", "journal.record submitted", unknown=(True, False)),
    _point("first poll", "provider.poll", number=1),
    _point("second poll", "provider.poll", number=2),
    _point("last poll", "provider.poll", number=3),
    _point("result fetched", "result answered"),
    _point("completed written", "journal.record completed"),
    _point("download begun", "media answered"),
    KillPoint("download half done", Strike("media answered", after=True), Strike(HALF, after=True)),
    _point("file renamed", "media.publish"),
    _point("downloaded written", "journal.record downloaded"),
    _point("charge committed", "ledger.charge"),
    _point("settled written", "journal.record settled"),
)

PRIMARY_CHOSEN = _point("primary chosen", "primaries.choose")
TAKE_POINTS = (*_TO_THE_FILE, PRIMARY_CHOSEN, _point("event logged", "event takes"))

BOARD_POINTS = (
    *_TO_THE_FILE,
    _point("board attached", "boards.attach"),
    _point("version derived", "scenes.mark_derived"),
    _point("event logged", "event boards"),
)


FINISH_POINTS = (
    *_TO_THE_FILE,
    _point("finish attached", "boards.attach", number=2),
    _point("event logged", "event boards"),
)
"""Of a finish: the drawing that it is made from is attached again first."""

REROLL_POINTS = TAKE_POINTS
"""Of a reroll: a primary is chosen only where one is ordered that replaces it."""

_TAKEN_BY_A_FAILURE = (
    "journal.open",
    "ledger.reserve",
    "journal.make_room",
    "journal.record sending",
    "submit sent",
    "submit answered",
    "journal.record submitted",
    "journal.record settled",
)
_POLLS_OF_A_FAILURE = 3


def _retried(point: KillPoint, *, results: int = 0) -> KillPoint:
    """The same step of a second attempt: killed before it after a failure for free, after it after a billed one.

    Args:
        results: how many results the failure was asked for.
    """

    def shifted(strike: Strike, *, billed: bool) -> Strike:
        taken = strike.step in _TAKEN_BY_A_FAILURE or (billed and strike.step == "ledger.charge")
        asked = {"provider.poll": _POLLS_OF_A_FAILURE, "result answered": results}.get(strike.step, 0)
        return replace(strike, number=strike.number + taken + asked)

    return replace(point, before=shifted(point.before, billed=False), after=shifted(point.after, billed=True))


RETRY_POINTS = tuple(_retried(point) for point in TAKE_POINTS)
"""Of an automatic retry, in the run whose first attempt failed."""
RETRY_POINTS_AT_FAL = tuple(_retried(point, results=1) for point in TAKE_POINTS)
"""fal says why a job failed where its result would be."""

AROUND_THE_MONEY = (
    "reserve committed",
    "sending written",
    "POST sent",
    "reply received",
    "submitted written",
    "last poll",
    "result fetched",
    "completed written",
    "download begun",
    "download half done",
    "file renamed",
    "downloaded written",
    "charge committed",
    "settled written",
)
"""Names of the steps from the first that concerns money to the last."""

_MISSED = _point("lost media asked for", "media answered")


def _made_again(points: tuple[KillPoint, ...]) -> tuple[KillPoint, ...]:
    """The steps of making lost media again: the provider is asked for it first, and has it no longer."""

    def after_the_miss(strike: Strike) -> Strike:
        return replace(strike, number=strike.number + (strike.step == _MISSED.before.step))

    shifted = (
        replace(point, before=after_the_miss(point.before), after=after_the_miss(point.after))
        for point in points
    )
    return (_MISSED, *shifted)


RECOVERED_TAKE_POINTS = _made_again(TAKE_POINTS)
RECOVERED_BOARD_POINTS = _made_again(BOARD_POINTS)
RECOVERED_FINISH_POINTS = _made_again(FINISH_POINTS)

FETCHED_AGAIN_POINTS = (
    _MISSED,
    *(point for point in TAKE_POINTS if point.name in ("download half done", "file renamed", "event logged")),
)
"""Of media that is lost here, and that the provider has still: it is asked for and comes."""


@dataclass(frozen=True, slots=True)
class Detour:
    """A durable step that only an attempt takes that does not go well.

    Attributes:
        first: where an earlier run was killed, so that this one has to recover; ``None`` where the provider is at it.
        script: how the provider behaves.
    """

    point: KillPoint
    first: Strike | None = None
    script: Script = field(default_factory=Script)


_UNSENT = Strike("journal.record sending")
_FREE, _BILLED = Script(failed_free=frozenset({1})), Script(failed_billed=frozenset({1}))

DETOURS = (
    Detour(_point("abandoned written", "journal.record abandoned"), _UNSENT),
    Detour(_point("tombstone committed", "ledger.release"), Strike("ledger.reserve")),
    Detour(_point("release committed", "ledger.release"), _UNSENT),
    Detour(_point("abandoned settled", "journal.record settled"), _UNSENT),
    Detour(
        _point("unknown written", "journal.record unknown", unknown=(True, True)),
        Strike("submit answered", after=True),
    ),
    Detour(
        _point("refused written", "journal.record refused", unknown=(True, False)),
        script=Script(refused=frozenset({1})),
    ),
    Detour(_point("failure written", "journal.record failed"), script=_FREE),
    Detour(_point("failure released", "ledger.release"), script=_FREE),
    Detour(_point("failure charged", "ledger.charge"), script=_BILLED),
    Detour(_point("failure settled", "journal.record settled"), script=_BILLED),
)
