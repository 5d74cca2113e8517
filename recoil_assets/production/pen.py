"""The pen: writing down what became of an attempt, durably in the journal and for people in the operations log."""

from collections.abc import Mapping

from recoil_assets.domain.attempt import Attempt, AttemptState, StateRecord
from recoil_assets.production.job_facts import recordable
from recoil_assets.production.lanes import Lanes
from recoil_assets.production.studio import Studio


class Pen:
    """Writes states of attempts; the caller owns the beat."""

    def __init__(self, studio: Studio, lanes: Lanes) -> None:
        self._studio = studio
        self._lanes = lanes

    async def record(
        self,
        attempt: Attempt,
        state: AttemptState,
        facts: Mapping[str, object] | None = None,
        *,
        ordinal: int = 1,
    ) -> Attempt:
        """``written``, off the event loop."""
        return await self._lanes.work(self.written, attempt, state, facts or {}, ordinal=ordinal)

    def written(
        self, attempt: Attempt, state: AttemptState, facts: Mapping[str, object], *, ordinal: int = 1
    ) -> Attempt:
        """The attempt with one state more, on disk when the call returns; errors as ``store_ports.Journal.record``."""
        record = StateRecord(
            state=state, ordinal=ordinal, at=self._studio.clock.now(), facts=recordable(facts)
        )
        return self._studio.journal.record(attempt.attempt_id, record)

    def log(self, event: str, attempt: Attempt, **facts: object) -> None:
        """Write an event about an attempt to the operations log."""
        intent = attempt.intent
        self._studio.note(
            event,
            attempt_id=intent.attempt_id,
            kind=intent.kind,
            episode=intent.episode,
            batch=intent.batch,
            beat_id=intent.beat_id,
            take=intent.number,
            provider=intent.provider,
            model=intent.sent.model,
            **facts,
        )
