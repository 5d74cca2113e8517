"""``recoil doctor``: looks at the installation and the project, and says what is wrong and what cures it."""

import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path

import typer

from recoil_assets.cli.instance import dagster_home
from recoil_assets.cli.output import (
    Exit,
    JsonOption,
    ProjectOption,
    answering,
    counted,
    say_json,
    say_table,
    told,
)
from recoil_assets.cli.paying import caps_in_the_way, chosen_models, without_provider
from recoil_assets.cli.provider_commands import provider_rows
from recoil_assets.domain.attempt import AttemptState
from recoil_assets.domain.errors import RecoilError
from recoil_assets.domain.money import show
from recoil_assets.production.plan_intake import preview_plan
from recoil_assets.production.spending import spend_lines
from recoil_assets.production.studio import Studio
from resources.environment import project_root
from resources.opening import open_studio
from resources.project_store.layout import Layout, find_project

_ATTEMPT = "attempt"
LEAST_FREE_BYTES = 2 * 1024**3
OLDEST_RATES_DAYS = 60


class Health(StrEnum):
    """How a finding is."""

    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    health: Health
    what: str
    finding: str
    cure: str = ""

    def shown(self) -> dict[str, object]:
        """For people: the id of an attempt is to be copied, and stands in one piece under the table."""
        kind, _, name = self.what.partition(" ")
        if kind != _ATTEMPT:
            return asdict(self)
        cure = self.cure if name in self.cure else f"{name}: {self.cure}"
        return {**asdict(self), "what": kind, "cure": cure}


def doctor(project: ProjectOption = None, as_json: JsonOption = False) -> None:
    """Look at everything that has to be right, and say what is not. Changes nothing."""
    with answering(as_json=as_json):
        findings = list(_findings(project))
        if as_json:
            say_json({"findings": [asdict(finding) for finding in findings]})
        else:
            say_table("Recoil doctor", [finding.shown() for finding in findings], notes=("cure",))
        if any(finding.health is Health.BAD for finding in findings):
            raise typer.Exit(Exit.FAILED)


def _findings(project: Path | None) -> Iterator[Finding]:
    yield Finding(Health.GOOD, "python", ".".join(map(str, sys.version_info[:3])))
    root = project_root(project)
    try:
        layout = find_project(root)
        with open_studio(root) as studio:
            yield Finding(Health.GOOD, "project", f"{studio.name} at {layout.root}")
            for look in _LOOKS:
                yield from _looked(look, studio)
        yield from _disk(layout)
        yield from _instance(layout)
    except RecoilError as error:
        yield Finding(Health.BAD, "project", error.message, error.cure)


def _looked(look: Callable[[Studio], Iterator[Finding]], studio: Studio) -> Iterator[Finding]:
    try:
        yield from look(studio)
    except RecoilError as error:
        yield Finding(Health.BAD, look.__name__.strip("_"), error.message, error.cure)
    except OSError as error:
        yield Finding(Health.BAD, look.__name__.strip("_"), *told(error))


def _plans(studio: Studio) -> Iterator[Finding]:
    episodes = studio.plans.episodes()
    if not episodes:
        yield Finding(Health.WARNING, "plans", "there is none", "put a plan at plans/ep_001.json")
    for episode in episodes:
        try:
            intake = preview_plan(studio, studio.plans.read(episode))
        except RecoilError as error:
            yield Finding(Health.BAD, f"plan {episode}", error.message, error.cure)
        else:
            facts = f"{len(intake.plan.shots)} shots, {len(intake.roster.batches)} batches"
            yield Finding(Health.GOOD, f"plan {episode}", facts)


def _settings(studio: Studio) -> Iterator[Finding]:
    """A key that is misspelt is no error, for its plan may come: but until then what it sets is set for nothing."""
    planned = studio.plans.episodes()
    if without := [episode for episode in studio.settings.named_episodes if episode not in planned]:
        yield Finding(
            Health.WARNING,
            "recoil.toml",
            f"names episodes that have no plan: {', '.join(without)}",
            f"correct the name, or put the plan at plans/{without[0]}.json",
        )


def _references(studio: Studio) -> Iterator[Finding]:
    seen: set[tuple[str, str]] = set()
    broken = []
    for episode in studio.plans.episodes():
        try:
            plan = studio.plans.read(episode)
        except RecoilError:
            continue
        for shot in plan.shots:
            seen.update(("character", name) for name in shot.cast)
            if shot.location_id:
                seen.add(("location", shot.location_id))
            for role, path in (("start_frame", shot.start_frame), ("end_frame", shot.end_frame)):
                if path:
                    broken.append(studio.references.resolve(role, shot.shot_id, path))  # type: ignore[arg-type]
    found = [item for role, name in sorted(seen) for item in studio.references.find(role, name)]  # type: ignore[arg-type]
    for item in (*found, *broken):
        if item.fault:
            yield Finding(Health.BAD, f"reference {item.name}", f"{item.path} {item.fault}", item.cure)
    without = sorted(name for role, name in seen if not studio.references.find(role, name))  # type: ignore[arg-type]
    yield Finding(
        Health.GOOD,
        "references",
        counted(len(found), "image") + (f"; none for {', '.join(without)}" if without else ""),
    )


def _media(studio: Studio) -> Iterator[Finding]:
    studio.media.require_root()
    yield Finding(Health.GOOD, "media", "the media folder is this project's own")


def _ledger(studio: Studio) -> Iterator[Finding]:
    faults = studio.ledger.verify()
    for fault in faults:
        yield Finding(Health.BAD, "ledger", fault, "do not spend; restore ledger.duckdb from a backup")
    if not faults:
        balance = studio.ledger.balance()
        facts = f"every entry is sound; spent {show(balance.spent)}, held {show(balance.reserved)}"
        yield Finding(Health.GOOD, "ledger", facts)


def _scenes(studio: Studio) -> Iterator[Finding]:
    faults = studio.scenes.verify()
    for fault in faults:
        yield Finding(Health.BAD, "scene versions", fault, "restore state/scenes from a backup")
    if not faults:
        yield Finding(Health.GOOD, "scene versions", "every digest is true")


def _attempts(studio: Studio) -> Iterator[Finding]:
    unfinished = studio.journal.unfinished()
    lines = {line.attempt_id: line for line in spend_lines(studio.ledger.entries())} if unfinished else {}
    for attempt in unfinished:
        line, episode = lines.get(attempt.attempt_id), attempt.intent.episode
        money = "nothing booked"
        if line is not None:
            money = f"{show(line.spent)} written off" if line.written_off else f"{show(line.held)} held"
        unknown = attempt.state is AttemptState.UNKNOWN
        yield Finding(
            Health.WARNING,
            f"{_ATTEMPT} {attempt.attempt_id}",
            f"{attempt.state}, {money} {attempt.error}".strip(),
            f"recoil take resolve {episode} {attempt.attempt_id}"
            if unknown
            else f"carried on, and not sent again, by: recoil run {episode}",
        )
    if not unfinished:
        yield Finding(Health.GOOD, "attempts", "none is unfinished")


def _prices(studio: Studio) -> Iterator[Finding]:
    today = date.fromisoformat(studio.clock.today())
    old = [
        rate.model
        for rate in studio.price_book.rates
        if (today - rate.as_of).days > OLDEST_RATES_DAYS and rate.usd
    ]
    if old:
        yield Finding(
            Health.WARNING,
            "price book",
            f"rates older than {OLDEST_RATES_DAYS} days: {', '.join(old)}",
            "compare them with the provider's pages before spending",
        )
    else:
        yield Finding(
            Health.GOOD,
            "price book",
            f"{len(studio.price_book.rates)} rates, none older than {OLDEST_RATES_DAYS} days",
        )


def _providers(studio: Studio) -> Iterator[Finding]:  # noqa: ARG001  they are of the machine, not of a project
    health = {"closed": Health.BAD, "left out": Health.WARNING}
    for row in provider_rows():
        state, cure = row["state"], row["what to do"]
        yield Finding(health.get(state, Health.GOOD), f"provider {row['provider']}", state, cure)


def _paying(studio: Studio) -> Iterator[Finding]:
    """Whether what is chosen could be paid for. A cap of nothing may be meant; a model without a key can not be."""
    chosen = chosen_models(studio)
    for found in without_provider(studio, chosen):
        yield Finding(Health.BAD, "paying", found.finding, found.cure)
    for found in caps_in_the_way(studio, chosen):
        yield Finding(Health.WARNING, "paying", found.finding, found.cure)


_LOOKS = (_plans, _settings, _scenes, _references, _media, _ledger, _attempts, _prices, _providers, _paying)


def _disk(layout: Layout) -> Iterator[Finding]:
    free = shutil.disk_usage(layout.root).free
    shown = f"{free / 1024**3:.1f} GB free"
    if free < LEAST_FREE_BYTES:
        yield Finding(Health.BAD, "disk", shown, "make room: a paid result needs space to land on")
    else:
        yield Finding(Health.GOOD, "disk", shown)


def _instance(layout: Layout) -> Iterator[Finding]:
    home = layout.dagster_home
    if home.is_dir():
        yield Finding(Health.GOOD, "dagster", f"instance at {dagster_home(layout)}")
    else:
        yield Finding(Health.GOOD, "dagster", "no instance yet; the first run makes one")
