"""Journal and ledger side by side: before money moves, the ledger holds everything the journal knows was sent.

Two stores share no transaction, and a file can be lost, or restored from a backup of last week. The journal is
the authority on what was sent; the ledger is what caps are checked against. What the ledger lost is booked
again from the journal. What the journal lost can not be: nobody knows what those attempts made.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from recoil_assets.domain.attempt import Attempt, AttemptIntent, AttemptState
from recoil_assets.domain.errors import BlockedError, RecoilError
from recoil_assets.domain.ledger import Booking, EntryKind, Evidence, Outcome
from recoil_assets.domain.money import show
from recoil_assets.production.studio import Studio

_NOTE = "booked again from the attempt journal"
_BACKUP = "restore state/attempts from a backup; nothing new is sent until then"


@dataclass(frozen=True, slots=True)
class Books:
    """What comparing the journal with the ledger left.

    Attributes:
        unreadable: why attempts that the ledger does not know can not be booked either, one sentence each.
        forgotten: ids of attempts that the ledger holds or charged and the journal does not know.
    """

    unreadable: tuple[str, ...]
    forgotten: tuple[str, ...]

    def check(self, intent: AttemptIntent) -> None:
        """Refuse to spend on what can not be accounted for.

        Raises:
            BlockedError: ``ledger_behind`` or ``journal_behind``.
        """
        if self.unreadable:
            raise BlockedError(
                "ledger_behind",
                f"attempts that the ledger does not know can not be read: {'; '.join(self.unreadable)}",
                cure=_BACKUP,
            )
        beat, _, _ = intent.attempt_id.rpartition(".")
        forgotten = [attempt_id for attempt_id in self.forgotten if attempt_id.startswith(f"{beat}.")]
        if forgotten:
            raise BlockedError(
                "journal_behind",
                f"the ledger paid or holds money for attempts at beat {intent.beat_id} that the journal does "
                f"not know: {', '.join(forgotten)}",
                cure=_BACKUP,
            )


def booking_of(intent: AttemptIntent) -> Booking:
    """Whom the ledger books an attempt for."""
    return Booking(
        attempt_id=intent.attempt_id,
        project=intent.project,
        episode=intent.episode,
        batch=intent.batch,
        run_id=intent.root_run_id,
        provider=intent.provider,
        model=intent.sent.model,
        kind=intent.kind,
    )


def reconcile(studio: Studio) -> Books:
    """Book in the ledger again what it lost of the journal's attempts, and say what can not be reconciled.

    What nobody found out about in time is written off. The journal is read before the ledger: what others book
    meanwhile is then in the ledger, and not missed.

    Raises:
        LedgerBusyError, LedgerError: the ledger can not be read or written now.
    """
    known, open_ids = studio.journal.ids(), studio.journal.open_ids()
    booked = studio.ledger.booked()
    attempts, unreadable = read_attempts(studio, _to_compare(known, open_ids, booked))
    if attempts:
        booked = studio.ledger.booked()
    for attempt in attempts:
        _book_again(studio, attempt, booked.get(attempt.attempt_id, frozenset()))
    _write_off(studio, open_ids, booked)
    return Books(
        unreadable=tuple(fault for attempt_id, fault in unreadable.items() if attempt_id not in booked),
        forgotten=tuple(_forgotten(studio, set(known), booked)),
    )


def check_price(studio: Studio, intent: AttemptIntent) -> None:
    """Refuse a price that a provider's bill proved too low, until a person has looked at it.

    Raises:
        BlockedError: ``billed_above_estimate``; ``journal_behind`` where nobody knows which price it was.
    """
    model = intent.sent.model
    for overrun in studio.ledger.overruns(model=model):
        try:
            earlier = studio.journal.attempt(overrun.attempt_id).intent
        except RecoilError as error:
            raise BlockedError("journal_behind", error.message, cure=_BACKUP) from error
        if earlier.price_entry == intent.price_entry and overrun.cost_usd > earlier.estimate_usd:
            raise price_too_low(earlier, overrun.attempt_id, overrun.cost_usd)


def price_too_low(earlier: AttemptIntent, attempt_id: str, cost_usd: Decimal) -> BlockedError:
    """Why nothing more is sent at a price: what ``earlier`` was estimated at, and what its bill said (USD)."""
    model = earlier.sent.model
    return BlockedError(
        "billed_above_estimate",
        f"{model} was to cost at most {show(earlier.estimate_usd)} and was billed at {show(cost_usd)} for attempt "
        f"{attempt_id}: its price ({earlier.price_source}) is not an upper bound",
        cure=f'read the provider\'s price and set usd and as_of under [prices."{model}"] in recoil.toml',
    )


def read_attempts(studio: Studio, attempt_ids: Iterable[str]) -> tuple[list[Attempt], dict[str, str]]:
    """The attempts, and of those that can not be read, why."""
    attempts, faults = [], {}
    for attempt_id in attempt_ids:
        try:
            attempts.append(studio.journal.attempt(attempt_id))
        except (RecoilError, ValueError, OSError) as error:  # damaged, of another version, on a broken disk
            faults[attempt_id] = error.message if isinstance(error, RecoilError) else f"{attempt_id}: {error}"
    return attempts, faults


def _to_compare(
    known: Iterable[str], open_ids: Iterable[str], booked: Mapping[str, frozenset[EntryKind]]
) -> list[str]:
    """Attempts whose entries may be missing: closed ones are not read, so that a season is compared at once."""
    unsettled = set(open_ids)
    return [
        attempt_id
        for attempt_id in known
        if not _is_closed(kinds := booked.get(attempt_id, frozenset()))
        and (attempt_id not in unsettled or EntryKind.RESERVE not in kinds)
    ]


def _is_closed(kinds: frozenset[EntryKind]) -> bool:
    return EntryKind.CHARGE in kinds or EntryKind.RELEASE in kinds


def _book_again(studio: Studio, attempt: Attempt, kinds: frozenset[EntryKind]) -> None:
    """Make the entries an attempt should have and has not. Unsent ones hold nothing."""
    held = EntryKind.RESERVE in kinds and attempt.is_open
    if _is_closed(kinds) or held or (attempt.is_open and not attempt.was_sent):
        return
    intent, booking = attempt.intent, booking_of(attempt.intent)
    if EntryKind.RESERVE not in kinds:
        studio.ledger.restore(booking, intent.estimate_usd, day=_day_of(attempt))
    settled = attempt.record(AttemptState.SETTLED)
    if settled is not None and "evidence" in settled.facts:
        outcome = Outcome.SUCCEEDED if attempt.succeeded else Outcome.FAILED_BUT_BILLED
        evidence = Evidence(settled.facts["evidence"])
        studio.ledger.charge(booking, attempt.cost_usd, outcome=outcome, evidence=evidence, note=_NOTE)
    elif settled is not None:
        studio.ledger.release(booking, note=_NOTE)
    studio.note(
        "ledger_reconciled",
        attempt_id=attempt.attempt_id,
        state=attempt.state,
        usd=show(intent.estimate_usd if attempt.is_open else attempt.cost_usd),
    )


def _write_off(studio: Studio, open_ids: Iterable[str], booked: Mapping[str, frozenset[EntryKind]]) -> None:
    """Charge what has been unknown for too long at its estimate. The attempt itself stays as unknown as it was."""
    after = timedelta(hours=studio.settings.write_off_after_h)
    now = datetime.fromisoformat(studio.clock.now())
    held = [attempt_id for attempt_id in open_ids if not _is_closed(booked.get(attempt_id, frozenset()))]
    attempts, _ = read_attempts(studio, held)
    for attempt in attempts:
        unknown = attempt.record(AttemptState.UNKNOWN)
        if attempt.state is not AttemptState.UNKNOWN or unknown is None or not attempt.intent.estimate_usd:
            continue
        if now - datetime.fromisoformat(unknown.at) < after:
            continue
        studio.ledger.write_off(booking_of(attempt.intent), attempt.intent.estimate_usd)
        studio.note(
            "attempt_written_off", attempt_id=attempt.attempt_id, usd=show(attempt.intent.estimate_usd)
        )


def _day_of(attempt: Attempt) -> str:
    """The UTC day it was reserved on, as near as the journal knows: that of its first send."""
    first = attempt.records[0].at if attempt.records else attempt.intent.created_at
    return first[:10]


def _forgotten(studio: Studio, known: set[str], booked: Mapping[str, frozenset[EntryKind]]) -> Iterator[str]:
    for attempt_id, kinds in booked.items():
        held = EntryKind.RESERVE in kinds and EntryKind.RELEASE not in kinds
        if attempt_id not in known and (held or EntryKind.CHARGE in kinds):
            try:
                studio.journal.attempt(attempt_id)
            except RecoilError:
                yield attempt_id
