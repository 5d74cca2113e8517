"""The in-flight sensor: a paid job whose run died is carried on before its provider throws the result away.

Gather, one pure function, apply. The run it requests only resumes: it polls, fetches and settles what was sent,
and sends nothing. What can not be carried on is tried again ever more rarely, and at least once a day.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import dagster as dg

from recoil_assets.domain.digest import digest_of, short
from recoil_assets.domain.errors import RecoilError
from recoil_assets.jobs import resume_in_flight
from recoil_assets.production.in_flight import InFlight, in_flight
from resources.dagster_resources import StudioResource

FIRST_PAUSE = timedelta(minutes=2)
LONGEST_PAUSE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Tried:
    """How often a run was requested for an attempt in the state it is in, and when last (ISO 8601, UTC)."""

    state: str
    times: int
    last_at: str

    def is_due(self, now: str) -> bool:
        """Whether it is time for another try. A clock that went back makes it due: too often beats too late."""
        pause = min(FIRST_PAUSE * 2 ** min(self.times - 1, 20), LONGEST_PAUSE)
        waited = _moment(now) - _moment(self.last_at)
        return waited >= pause or waited < timedelta(0)


def resume_request(
    found: Sequence[InFlight], tried: Mapping[str, Tried], now: str
) -> tuple[str | None, dict[str, Tried]]:
    """The key of the run to request, or ``None``, and what was tried then. Pure.

    An attempt that came on since the last try is due at once. Attempts that are no longer in flight are forgotten.
    """
    before = {
        item.attempt_id: known
        for item in found
        if (known := tried.get(item.attempt_id)) is not None and known.state == item.state
    }
    due = [item for item in found if item.attempt_id not in before or before[item.attempt_id].is_due(now)]
    if not due:
        return None, before
    times = {
        item.attempt_id: before[item.attempt_id].times if item.attempt_id in before else 0 for item in due
    }
    after = {name: Tried(item.state, times[name] + 1, now) for item in due for name in (item.attempt_id,)}
    key = digest_of(sorted([item.attempt_id, item.state, times[item.attempt_id] + 1] for item in due))
    return f"resume:{short(key)}:{now}", {**before, **after}


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


@dg.sensor(
    job=resume_in_flight,
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Carries on what was sent by a run that died. Sends nothing and spends nothing new.",
)
def in_flight_sensor(
    context: dg.SensorEvaluationContext, studio: StudioResource
) -> dg.SensorResult | dg.SkipReason:
    """See the module."""
    tried = {name: Tried(**value) for name, value in json.loads(context.cursor or "{}").items()}
    try:
        with studio.open() as opened:
            found, now = in_flight(opened), opened.clock.now()
    except RecoilError as error:
        return dg.SkipReason(str(error))
    key, after = resume_request(found, tried, now)
    cursor = json.dumps({name: asdict(value) for name, value in after.items()})
    if key is None:
        context.update_cursor(cursor)
        return dg.SkipReason(
            f"{len(found)} wait for the next try" if found else "nothing is in flight without a run"
        )
    return dg.SensorResult(run_requests=[dg.RunRequest(run_key=key)], cursor=cursor)
