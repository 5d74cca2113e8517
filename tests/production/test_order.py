"""The order of journal, ledger, provider and media, read from the disk at every step."""

from dataclasses import replace

from recoil_assets.production.ports import NotSentError
from recoil_assets.production.stages import TAKES
from tests.support.show import Show, cell
from tests.support.watched import Watch

from .labs import RefusingLab

OnDisk = tuple[str, str, bool]


def on_disk(show: Show) -> OnDisk:
    """(the attempt's state, kinds of its ledger entries, whether its media is there), by fresh readers."""
    refit, show.refit = show.refit, lambda studio: studio
    try:
        with show.studio() as studio:
            attempts = show.attempts(cell(1))
            kinds = " ".join(entry.kind for entry in studio.ledger.entries() if entry.attempt_kind == "take")
            if not attempts:
                return ("", kinds, False)
            return (attempts[-1].state, kinds, studio.media.present(attempts[-1].intent.media_path))
    finally:
        show.refit = refit


def steps_of(show: Show) -> list[tuple[str, OnDisk]]:
    """Every step of rendering one take, with what was on disk when it was taken."""
    seen: list[tuple[str, OnDisk]] = []
    watch = Watch(look=lambda step: seen.append((step, on_disk(show))))
    show.refit = watch.refit
    show.make(stages=[TAKES])
    return seen


def test_every_step_finds_the_one_before_it_on_disk(quoted: Show) -> None:
    assert steps_of(quoted) == [
        ("journal.open", ("", "", False)),
        ("provider.prepare", ("intent", "", False)),
        ("ledger.reserve", ("intent", "", False)),
        ("journal.make_room", ("intent", "reserve", False)),
        ("journal.record sending", ("intent", "reserve", False)),
        ("provider.submit", ("sending", "reserve", False)),
        ("journal.record submitted", ("sending", "reserve", False)),
        ("provider.poll", ("submitted", "reserve", False)),
        ("journal.record completed", ("submitted", "reserve", False)),
        ("provider.fetch", ("completed", "reserve", False)),
        ("media.publish", ("completed", "reserve", False)),
        ("journal.record downloaded", ("completed", "reserve", True)),
        ("ledger.charge", ("downloaded", "reserve", True)),
        ("journal.record settled", ("downloaded", "reserve charge", True)),
        ("primaries.choose", ("settled", "reserve charge", True)),
    ]
    assert len(quoted.lab.submitted) == 1


def test_a_refused_attempt_is_abandoned_on_disk_before_its_money_is_released(quoted: Show) -> None:
    quoted.lab = RefusingLab([NotSentError("503 before the body was read")])
    assert steps_of(quoted)[5:] == [
        ("provider.submit", ("sending", "reserve", False)),
        ("journal.record refused", ("sending", "reserve", False)),
        ("journal.record abandoned", ("refused", "reserve", False)),
        ("ledger.release", ("abandoned", "reserve", False)),
        ("journal.record settled", ("abandoned", "reserve release", False)),
    ]


def test_every_resend_is_on_disk_before_it_is_made(quoted: Show) -> None:
    quoted.lab = RefusingLab([NotSentError("429", retry_after_s=0)])
    steps = steps_of(quoted)
    assert [(step, state) for step, (state, _, _) in steps if step == "provider.submit"] == [
        ("provider.submit", "sending"),
        ("provider.submit", "sending"),
    ]
    (attempt,) = quoted.attempts(cell(1))
    assert attempt.sends == 2
    assert attempt.succeeded


def test_a_failed_job_is_on_disk_before_its_money_moves(quoted: Show) -> None:
    quoted.lab.fail_first = 1
    steps = steps_of(quoted)
    first = steps[: steps.index(("journal.open", ("settled", "reserve release", False)))]
    assert first[-4:] == [
        ("provider.poll", ("submitted", "reserve", False)),
        ("journal.record failed", ("submitted", "reserve", False)),
        ("ledger.release", ("failed", "reserve", False)),
        ("journal.record settled", ("failed", "reserve release", False)),
    ]
    assert [step for step, _ in steps if step == "provider.submit"] == ["provider.submit"] * 2


class Noting:
    """A port that notes the names of the calls that are made of it."""

    def __init__(self, port: object, called: list[str]) -> None:
        self._port, self._called = port, called

    def __getattr__(self, name: str) -> object:
        self._called.append(name)
        return getattr(self._port, name)


def test_the_name_of_a_take_is_durably_its_own_before_money_is_held_for_it(quoted: Show) -> None:
    called: list[str] = []
    quoted.refit = lambda studio: replace(
        studio, media=Noting(studio.media, called), ledger=Noting(studio.ledger, called)
    )
    quoted.make(stages=[TAKES])
    steps = [name for name in called if name in ("claim", "keep_claims", "reserve")]
    assert steps == ["claim", "keep_claims", "reserve"]
