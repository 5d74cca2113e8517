"""A paid attempt: one intent to generate, its states, and the transitions that are possible.

Each state is a write-once record; an attempt is what its records say. Only ``intent`` and ``refused`` mean
that nothing was sent. ``sending`` without a request id is ``unknown``: never a time-out, never retried.
"""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal

from pydantic import Field

from recoil_assets.domain.digest import digest_of, short
from recoil_assets.domain.request import GenerationRequest
from recoil_assets.domain.retry.change import RequestChange, apply_changes
from recoil_assets.domain.value import Value


class AttemptState(StrEnum):
    """Where an attempt stands."""

    INTENT = "intent"  # recorded; nothing was sent
    SENDING = "sending"  # a POST may be on the wire
    REFUSED = "refused"  # the provider definitely did not take it; it may be sent again
    SUBMITTED = "submitted"  # the provider gave a request id; poll, never resubmit
    COMPLETED = "completed"  # the provider's job ended well; its media is to be fetched
    FAILED = "failed"  # the provider's job ended badly
    DOWNLOADED = "downloaded"  # the media is on disk, hashed and renamed
    UNKNOWN = "unknown"  # sent, perhaps, or failed and perhaps billed; the money stays held
    ABANDONED = "abandoned"  # never sent, and never will be
    SETTLED = "settled"  # its money is booked; nothing is left to do


# What may follow a state; ``Attempt.may_become`` knows the rest of an attempt's history too.
TRANSITIONS: Mapping[AttemptState, frozenset[AttemptState]] = {
    AttemptState.INTENT: frozenset({AttemptState.SENDING, AttemptState.ABANDONED}),
    AttemptState.SENDING: frozenset({AttemptState.SUBMITTED, AttemptState.REFUSED, AttemptState.UNKNOWN}),
    AttemptState.REFUSED: frozenset({AttemptState.SENDING, AttemptState.ABANDONED}),
    AttemptState.SUBMITTED: frozenset({AttemptState.COMPLETED, AttemptState.FAILED}),
    AttemptState.COMPLETED: frozenset({AttemptState.DOWNLOADED, AttemptState.FAILED}),
    AttemptState.DOWNLOADED: frozenset({AttemptState.SETTLED}),
    AttemptState.FAILED: frozenset({AttemptState.SETTLED, AttemptState.UNKNOWN}),
    AttemptState.UNKNOWN: frozenset({AttemptState.SUBMITTED, AttemptState.SETTLED}),
    AttemptState.ABANDONED: frozenset({AttemptState.SETTLED}),
    AttemptState.SETTLED: frozenset(),
}

AttemptKind = Literal["take", "board", "finish"]


class AttemptIntent(Value):
    """What an attempt is for: written before anything else happens, never changed.

    Attributes:
        attempt_id: unique in the project; the ledger's idempotency key.
        number: the take number, from 1 within its shot set and file-name stem.
        request: what the plan asks for. basis: its digest.
        changes: what a retry or a reroll changes about it, in order; the provider is sent ``sent``.
        note: why a person asked for a reroll.
        reroll: which order of a person it answers, once and for all runs that stem from it; empty where it is none.
        replaces: where a success was ordered to become the primary, the number of the beat's last choice of one when it
            was ordered, 0 for none; None where it was not.
        decided: the number of the beat's last decision about a take when that was ordered, 0 for none.
        estimate_usd: upper bound of the price, USD.
        price_entry: digest of the price-book entry it was estimated from.
        media_path: where the result will be, relative to the project.
        root_run_id: the run or backfill a person started; caps per run follow it through re-executions.
    """

    attempt_id: str
    kind: AttemptKind
    number: int
    project: str
    episode: str
    batch: str
    scene_version: int
    scene_digest: str
    beat_id: str
    shot_set: str
    request: GenerationRequest
    basis: str
    changes: tuple[RequestChange, ...] = ()
    note: str = ""
    reroll: str = ""
    replaces: int | None = None
    decided: int = 0
    fingerprint: str
    board_digest: str = ""
    provider: str
    estimate_usd: Decimal
    price_source: str
    price_entry: str = ""
    media_path: str
    run_id: str
    root_run_id: str
    created_at: str

    @property
    def sent(self) -> GenerationRequest:
        """The request as the provider is sent it: changes applied, each once, in order."""
        return apply_changes(self.request, self.changes)

    @property
    def job_name(self) -> str:
        """What its provider knows it by: the attempt's id, and a mark that the same id elsewhere does not have.

        An attempt's id is unique in a project alone, and projects share accounts: under the bare id one show's job
        would answer for another's.
        """
        return f"{self.attempt_id}.{short(digest_of([self.project, self.run_id, self.created_at]))}"


class StateRecord(Value):
    """One state an attempt reached. ``ordinal`` counts sends: ``sending(2)`` follows ``refused(1)``."""

    state: AttemptState
    ordinal: int = 1
    at: str
    facts: dict[str, Any] = Field(default_factory=dict)


class Attempt(Value):
    """An attempt and every state it reached, oldest first."""

    intent: AttemptIntent
    records: tuple[StateRecord, ...] = ()

    @property
    def attempt_id(self) -> str:
        """The attempt's id."""
        return self.intent.attempt_id

    @property
    def state(self) -> AttemptState:
        """The latest state."""
        return self.records[-1].state if self.records else AttemptState.INTENT

    @property
    def sends(self) -> int:
        """How many POSTs may have been made."""
        return sum(1 for record in self.records if record.state is AttemptState.SENDING)

    @property
    def was_sent(self) -> bool:
        """Whether a provider may have received it: everything but intent, refused and abandoned."""
        return self.sends > sum(1 for record in self.records if record.state is AttemptState.REFUSED)

    @property
    def is_open(self) -> bool:
        """Whether something is still to be done or decided."""
        return self.state is not AttemptState.SETTLED

    @property
    def succeeded(self) -> bool:
        """Whether it ended with media on disk and its money booked."""
        return self.state is AttemptState.SETTLED and self.record(AttemptState.DOWNLOADED) is not None

    @property
    def error(self) -> str:
        """Why it did not succeed. Never empty for a settled attempt without media.

        A refusal that was sent again, and a doubt that a request id ended, are made good: they tell nothing.
        """
        for record in reversed(self.records):
            if text := record.facts.get("error"):
                return str(text)
            if record.state in (AttemptState.SENDING, AttemptState.SUBMITTED):
                break
        if self.state is AttemptState.SETTLED and not self.succeeded:
            return "the attempt ended without media, and nothing recorded why"
        return ""

    @property
    def refusal_cure(self) -> str:
        """What the provider that did not take it asks a person to do; empty where it asks for nothing."""
        refused = self.record(AttemptState.REFUSED)
        return str(refused.facts.get("cure") or "") if refused else ""

    @property
    def cost_usd(self) -> Decimal:
        """What it was charged, USD; zero until settled."""
        settled = self.record(AttemptState.SETTLED)
        return Decimal(str(settled.facts.get("cost_usd", "0"))) if settled else Decimal(0)

    def may_become(self, state: AttemptState) -> bool:
        """Whether ``state`` is a possible next state.

        A request id is given once: what is unknown because its send was uncertain may turn out to be submitted,
        what is unknown because its failed job was perhaps billed can only be settled.
        """
        known_job = self.record(AttemptState.SUBMITTED) is not None
        return state in TRANSITIONS[self.state] and not (state is AttemptState.SUBMITTED and known_job)

    def record(self, state: AttemptState) -> StateRecord | None:
        """The latest record of ``state``, or ``None``."""
        return next((record for record in reversed(self.records) if record.state is state), None)
