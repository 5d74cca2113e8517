"""What is known of an account at a provider, and how each answer changes it. No files and no waiting here.

Times are seconds since 1970 by the machine's clock, which all runs share. A time that lies ahead of now (the
clock was set back) counts as now, so that nothing waits longer than it would have.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum

MOST_PAUSE_S = 600.0
"""Longest pause a provider may ask all runs for, seconds; a longer one is asked for again."""
DEFAULT_PAUSE_S = 5.0
"""The pause after a 429 that names none, seconds; what FLORA's own sample waits."""
PROBE_AFTER_S = 30.0
"""How long after the last failure an open breaker lets one submission through, seconds."""


class Asking(StrEnum):
    """What a provider was asked."""

    SUBMIT = "submit"
    POLL = "poll"


@dataclass(frozen=True, slots=True)
class Outage:
    """How many failures, one after another, are an outage, and over how many seconds at least."""

    failures: int
    spanning_s: float


OUTAGES = {Asking.SUBMIT: Outage(failures=3, spanning_s=0), Asking.POLL: Outage(failures=6, spanning_s=10)}
"""A submit that fails may hold money as unknown, so few are enough; many polls fail together at one blip."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What an account may do.

    Attributes:
        concurrency: most jobs in flight, all runs of the machine together.
        per_minute: most requests a minute, sustained.
        burst: requests that may follow each other at once.
    """

    concurrency: int
    per_minute: float = 600.0
    burst: float = 20.0


@dataclass(frozen=True, slots=True)
class Failures:
    """Failures of one kind of request since its last success. ``since`` and ``last`` are 0 where there are none."""

    count: int = 0
    since: float = 0.0
    last: float = 0.0
    said: str = ""


@dataclass(frozen=True, slots=True)
class AccountState:
    """What all runs know of an account.

    Attributes:
        tokens: requests that may be made at once; None where none was made yet.
        counted_at: when ``tokens`` was right.
        paused_until: before this nothing is sent, because the provider asked for it.
        refused: why the provider refuses the account; empty where it does not.
        refused_at: when it first did.
    """

    tokens: float | None = None
    counted_at: float = 0.0
    paused_until: float = 0.0
    refused: str = ""
    refused_at: float = 0.0
    submit: Failures = field(default_factory=Failures)
    poll: Failures = field(default_factory=Failures)

    def wait_s(self, now: float) -> float:
        """Seconds until the provider's pause is over; 0 where there is none."""
        return min(max(self.paused_until - now, 0.0), MOST_PAUSE_S)

    def took(self, now: float, limits: Limits) -> "tuple[AccountState, float]":
        """The state with one request taken, and 0; or unchanged with the seconds to wait for the next."""
        if (pause_s := self.wait_s(now)) > 0:
            return self, pause_s
        full = limits.burst if self.tokens is None else self.tokens
        since_s = max(now - self.counted_at, 0.0) if self.tokens is not None else 0.0
        tokens = min(full + since_s * limits.per_minute / 60, limits.burst)
        if tokens < 1:
            return replace(self, tokens=tokens, counted_at=now), (1 - tokens) * 60 / limits.per_minute
        return replace(self, tokens=tokens - 1, counted_at=now), 0.0

    def paused(self, now: float, seconds: float | None) -> "AccountState":
        """After a 429: nobody sends for as long as it said, and a longer pause that runs already stays."""
        wait_s = min(max(DEFAULT_PAUSE_S if seconds is None else seconds, 0.0), MOST_PAUSE_S)
        return replace(self, paused_until=max(now + wait_s, self._pause_still_running(now)))

    def _pause_still_running(self, now: float) -> float:
        return self.paused_until if self.paused_until - now <= MOST_PAUSE_S else now

    def answered(self, asking: Asking) -> "AccountState":
        """After an answer of the service itself. A submit that was answered ends any outage; a poll ends its own."""
        if asking is Asking.SUBMIT:
            return replace(self, submit=Failures(), poll=Failures())
        return replace(self, poll=Failures())

    def failed(self, asking: Asking, now: float, said: str) -> "AccountState":
        """After a lost connection or a 5xx."""
        before = self.submit if asking is Asking.SUBMIT else self.poll
        since = before.since if 0 < before.since <= now else now
        after = Failures(count=before.count + 1, since=since, last=now, said=said)
        return replace(self, submit=after) if asking is Asking.SUBMIT else replace(self, poll=after)

    def refused_by(self, now: float, why: str) -> "AccountState":
        """After a 401, 402 or 403: until the key is another or a person says so."""
        return self if self.refused else replace(self, refused=why, refused_at=now)

    def outage(self) -> Failures | None:
        """The failures that make an outage, or None where there is none."""
        for asking, failures in ((Asking.SUBMIT, self.submit), (Asking.POLL, self.poll)):
            rule = OUTAGES[asking]
            if failures.count >= rule.failures and failures.last - failures.since >= rule.spanning_s:
                return failures
        return None

    def probing(self, now: float) -> bool:
        """Whether an outage has lasted long enough for one submission to find out if it is over."""
        outage = self.outage()
        return outage is not None and not 0 <= now - outage.last < PROBE_AFTER_S

    def closed(self, now: float) -> str:
        """Why nothing new may be sent, with since when; empty where it may, or where one may find out."""
        if self.refused:
            return f"it refuses the account since {_shown(self.refused_at)}: {self.refused}"
        outage = self.outage()
        if outage is None or self.probing(now):
            return ""
        return (
            f"it is out of service since {_shown(outage.since)} ({outage.count} failures, the last: "
            f"{outage.said}); it is tried again at {_shown(outage.last + PROBE_AFTER_S)}"
        )


def _shown(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
