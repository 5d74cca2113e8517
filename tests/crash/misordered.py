"""Products that break a rule each, as one would that was written with less care. Every one has to be found out."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from recoil_assets.domain.attempt import Attempt, AttemptIntent, AttemptState, StateRecord
from recoil_assets.domain.ledger import Booking
from recoil_assets.production.studio import Studio


class Altered:
    """A port of which some calls are done otherwise."""

    def __init__(self, port: Any) -> None:
        self._port = port

    def __getattr__(self, name: str) -> Any:
        return getattr(self._port, name)


class LateSending(Altered):
    """Writes ``sending`` when the next state is written: the POST comes first."""

    def __init__(self, port: Any) -> None:
        super().__init__(port)
        self._late: dict[str, StateRecord] = {}

    def record(self, attempt_id: str, record: StateRecord) -> Attempt:
        if record.state is AttemptState.SENDING:
            self._late[attempt_id] = record
            attempt: Attempt = self._port.attempt(attempt_id)
            return attempt.model_copy(update={"records": (*attempt.records, record)})
        if (late := self._late.pop(attempt_id, None)) is not None:
            self._port.record(attempt_id, late)
        written: Attempt = self._port.record(attempt_id, record)
        return written


class HopefulResume(Altered):
    """Takes what was being sent when the run died for not sent, so that it is sent again."""

    def attempt(self, attempt_id: str) -> Attempt:
        attempt: Attempt = self._port.attempt(attempt_id)
        if attempt.state is not AttemptState.SENDING:
            return attempt
        refused = StateRecord(state=AttemptState.REFUSED, ordinal=attempt.sends, at=attempt.records[-1].at)
        return self._port.record(attempt_id, refused)  # type: ignore[no-any-return]


class NoTombstone(Altered):
    """Frees no money: what was reserved and never sent stays held."""

    def release(self, booking: Booking, *, note: str = "") -> None:
        """Do nothing."""


class ForgetfulCharge(Altered):
    """Charges nothing; the attempt says that it is settled."""

    def charge(self, booking: Booking, *args: Any, **facts: Any) -> None:
        """Do nothing."""


class NoPartialFile(Altered):
    """Downloads straight to the name a whole file has."""

    def partial(self, relative: str) -> Path:
        path: Path = self._port.path(relative)
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def publish(self, relative: str) -> str:
        digest: str = self._port.digest(relative)
        return digest


class NoOrders(Altered):
    """Keeps no order with the take that answers it: the same run, carried out again, takes it for one more."""

    def open(self, intent: AttemptIntent) -> Attempt:
        attempt: Attempt = self._port.open(intent.model_copy(update={"reroll": ""}))
        return attempt


def post_before_sending(studio: Studio) -> Studio:
    return replace(studio, journal=LateSending(studio.journal))


def send_again_on_resume(studio: Studio) -> Studio:
    return replace(studio, journal=HopefulResume(studio.journal))


def release_nothing(studio: Studio) -> Studio:
    return replace(studio, ledger=NoTombstone(studio.ledger))


def forget_orders(studio: Studio) -> Studio:
    return replace(studio, journal=NoOrders(studio.journal))


def charge_nothing(studio: Studio) -> Studio:
    return replace(studio, ledger=ForgetfulCharge(studio.ledger))


def download_in_place(studio: Studio) -> Studio:
    return replace(studio, media=NoPartialFile(studio.media))
