"""``recoil budget``: what was spent and what is held; ``recoil budget reconcile``: beside the provider's own record."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from recoil_assets.cli.output import (
    Exit,
    JsonOption,
    ProjectOption,
    answering,
    people,
    say_json,
    say_line,
    say_table,
    to_copy,
)
from recoil_assets.cli.runner import opened, taken_in_episodes
from recoil_assets.domain.errors import RecoilError, UsageError
from recoil_assets.domain.money import show
from recoil_assets.production.event_loop import run_loop
from recoil_assets.production.ports import ProviderRecords
from recoil_assets.production.reconciliation import (
    APPLICABLE,
    Comparison,
    Discrepancy,
    Mismatch,
    apply,
    compare_with_record,
    records_of,
)
from recoil_assets.production.spending import SpendReport, report_spending
from recoil_assets.production.studio import Studio

_LOOKED_BACK = timedelta(days=30)


class _ShowsWhatIsSpent(TyperGroup):
    """``recoil budget [EPISODES]`` is ``recoil budget show [EPISODES]``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401  a context of Typer's own click
        """Put the command's name in where none is given."""
        if not args or (args[0] not in self.commands and args[0] not in ctx.help_option_names):
            args = ["show", *args]
        return super().parse_args(ctx, args)


budget_app = typer.Typer(help="What was spent and what is held.", cls=_ShowsWhatIsSpent)


@budget_app.command("show")
def budget(
    episodes: Annotated[list[str] | None, typer.Argument(help="Episodes; all where left out.")] = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """What was spent and what is held, by episode and attempt, and the caps."""
    with answering(as_json=as_json), opened(project) as studio:
        reports = [report_spending(studio, episode) for episode in taken_in_episodes(studio, episodes)]
        if as_json:
            say_json(_budget_document(studio, reports))
        else:
            _show_budget(studio, reports)


def _budget_document(studio: Studio, reports: list[SpendReport]) -> dict[str, object]:
    total, today = studio.ledger.balance(), studio.ledger.balance(day=studio.clock.today())
    return {
        "spent_usd": str(total.spent),
        "held_usd": str(total.reserved),
        "today_usd": str(today.committed),
        "caps_usd": {name: str(limit) for name, limit in studio.settings.caps.caps().limits()},
        "attempts": [
            {
                "episode": report.episode,
                "batch": line.batch,
                "kind": line.kind,
                "model": line.model,
                "charged_usd": str(line.charged),
                "corrected_usd": str(line.corrected),
                "written_off_usd": str(line.written_off),
                "held_usd": str(line.held),
                "outcome": line.outcome,
                "evidence": line.evidence,
                "attempt_id": line.attempt_id,
            }
            for report in reports
            for line in report.lines
        ],
    }


def _show_budget(studio: Studio, reports: list[SpendReport]) -> None:
    total, today = studio.ledger.balance(), studio.ledger.balance(day=studio.clock.today())
    limits = dict(studio.settings.caps.caps().limits())
    rows = [
        {
            "episode": report.episode,
            "attempts": len(report.lines),
            "spent": show(report.balance.spent),
            "corrected": show(report.corrected),
            "written off": show(report.written_off),
            "held": show(report.balance.reserved),
            "cap": show(limits["episode"]) if "episode" in limits else "none",
        }
        for report in reports
    ]
    say_table("Budget by episode", rows, empty="no episode was taken in yet")
    caps = ", ".join(f"{name} {show(limit)}" for name, limit in limits.items()) or "none"
    people.print(
        f"project: spent {show(total.spent)}, held {show(total.reserved)}; today {show(today.committed)}"
    )
    people.print(f"caps: {caps}")


@budget_app.command("reconcile")
def reconcile_budget(
    since: Annotated[str, typer.Option(help="First day (UTC), as 2026-03-01; else 30 days back.")] = "",
    until: Annotated[str, typer.Option(help="Last day (UTC); else today.")] = "",
    apply_them: Annotated[
        bool, typer.Option("--apply", help="Correct what can be corrected without a person.")
    ] = False,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare what was booked with the providers' own records. Reads only, unless it is to --apply.

    Exit status 3 where something still waits for a person, or for --apply.
    """
    with answering(as_json=as_json), opened(project) as studio:
        span = _span(studio, since, until)
        records = records_of(studio)
        comparisons = [_compared(studio, name, records[name], span) for name in sorted(records)]
        found = [item for comparison in comparisons for item in comparison.discrepancies]
        ends = {id(item): _applied(studio, item) if apply_them else "" for item in found}
        without = sorted(set(studio.providers) - set(records))
        rows = [
            {"provider": comparison.provider, **_row(item), "done": ends[id(item)]}
            for comparison in comparisons
            for item in comparison.discrepancies
        ]
        if as_json:
            say_json(
                {
                    "since": span[0],
                    "until": span[1],
                    "agreed": sum(comparison.agreed for comparison in comparisons),
                    "discrepancies": rows,
                    "not_compared": [fault for item in comparisons for fault in item.unreadable],
                    "providers_without_record": without,
                }
            )
        else:
            _show_comparisons(comparisons, rows, without)
        if any(_is_awaited(item, ends[id(item)]) for item in found):
            raise typer.Exit(Exit.BLOCKED)


def _span(studio: Studio, since: str, until: str) -> tuple[str, str]:
    """From the start of the first day to the end of the last, UTC, ISO 8601."""
    today = date.fromisoformat(studio.clock.today())
    try:
        first = date.fromisoformat(since) if since else today - _LOOKED_BACK
        last = date.fromisoformat(until) if until else today
    except ValueError as error:
        raise UsageError(f"that is not a day: {error}", cure="write days as 2026-03-01") from error
    if last < first:
        raise UsageError(f"{last} is before {first}", cure="give the earlier day as --since")
    start = datetime(first.year, first.month, first.day, tzinfo=UTC)
    end = datetime(last.year, last.month, last.day, tzinfo=UTC) + timedelta(days=1)
    return start.strftime("%Y-%m-%dT%H:%M:%S.%fZ"), end.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _compared(studio: Studio, name: str, records: ProviderRecords, span: tuple[str, str]) -> Comparison:
    return run_loop(compare_with_record(studio, name, records, since=span[0], until=span[1]))


def _applied(studio: Studio, discrepancy: Discrepancy) -> str:
    """Put it right where that needs no person; what came of it, in words."""
    if discrepancy.mismatch not in APPLICABLE:
        return ""
    try:
        apply(studio, discrepancy)
    except RecoilError as error:
        return f"not corrected: {error.message}"
    return "corrected"


def _is_awaited(discrepancy: Discrepancy, done: str) -> bool:
    return discrepancy.mismatch is not Mismatch.NOT_BILLED_YET and done != "corrected"


def _row(discrepancy: Discrepancy) -> dict[str, object]:
    return {
        "what": discrepancy.mismatch.value,
        "attempt_id": discrepancy.attempt.attempt_id if discrepancy.attempt else "",
        "episode": discrepancy.attempt.intent.episode if discrepancy.attempt else "",
        "request_ids": list(discrepancy.request_ids),
        "booked_usd": None if discrepancy.ours_usd is None else str(discrepancy.ours_usd),
        "billed_usd": None if discrepancy.billed_usd is None else str(discrepancy.billed_usd),
        "says": discrepancy.sentence,
        "cure": _cure(discrepancy),
    }


def _cure(discrepancy: Discrepancy) -> str:
    if discrepancy.mismatch is Mismatch.CANDIDATE and discrepancy.attempt is not None:
        intent, request_id = discrepancy.attempt.intent, discrepancy.request_ids[0]
        return f"recoil take resolve {intent.episode} {intent.attempt_id} --taken {request_id} --why TEXT"
    return {
        Mismatch.DIFFERS: "recoil budget reconcile --apply",
        Mismatch.EXPLAINED: "recoil budget reconcile --apply",
        Mismatch.UNKNOWN_TO_US: "see whose it is: another project may share the account",
    }.get(discrepancy.mismatch, "bills come late; compare again in a day or two")


def _show_comparisons(
    comparisons: list[Comparison], rows: list[dict[str, object]], without: list[str]
) -> None:
    for comparison in comparisons:
        people.print(f"{comparison.provider}: {comparison.agreed} booked as they were billed")
        for fault in comparison.unreadable:
            people.print(f"{comparison.provider}: not compared: {fault}")
    for row in rows:
        say_line(f" {row['says']}" + (f" ({row['done']})" if row["done"] else ""), lead=f"{row['what']}:")
        if row["done"] != "corrected":
            people.print(f"    {to_copy(str(row['cure']))}")
    for name in without:
        people.print(f"{name}: keeps no record that can be read here; nothing was compared")
