"""``recoil plan check``: everything that is wrong with plans, and how they would be grouped. Writes nothing."""

from dataclasses import dataclass
from pathlib import Path

import typer

from recoil_assets.cli.output import (
    Exit,
    JsonOption,
    ProjectOption,
    answering,
    say_finding,
    say_json,
    say_refusal,
    say_table,
    told,
)
from recoil_assets.cli.plan_commands import PlansArgument, is_file, read_named_plan, read_plan_as_written
from recoil_assets.cli.runner import layout_of, opened
from recoil_assets.domain.errors import RecoilError
from recoil_assets.domain.shot import planned_length_s
from recoil_assets.production.plan_check import (
    PlanFinding,
    Weight,
    check_against_project,
    misspelt_fields,
)
from recoil_assets.production.plan_intake import PlanIntake, preview_plan
from recoil_assets.production.studio import Studio

plan_app = typer.Typer(help="Look at plans.", no_args_is_help=True)


@dataclass(frozen=True, slots=True)
class _Checked:
    """One plan that was checked.

    Attributes:
        report: how it would be grouped; None where it is refused.
        refusal: why it can not be read.
    """

    name: str
    report: dict[str, object] | None
    findings: tuple[PlanFinding, ...]
    refusal: RecoilError | None = None

    @property
    def exit(self) -> Exit:
        """What it means for the command."""
        weights = {item.weight for item in self.findings}
        if self.refusal is not None:
            return Exit(self.refusal.exit_code)
        if Weight.FAILS in weights:
            return Exit.FAILED
        return Exit.BLOCKED if Weight.BLOCKS in weights else Exit.DONE


@plan_app.command("check")
def check(names: PlansArgument, project: ProjectOption = None, as_json: JsonOption = False) -> None:
    """Check plans, all problems of all at once, and show how they would be grouped. Writes nothing.

    Exit status 1 where a plan is refused or names a model nobody knows, 3 where a picture is awaited.
    """
    with answering(as_json=as_json), opened(project, or_without=any(map(is_file, names))) as studio:
        checked = [_check(studio, name, project) for name in names]
        if as_json:
            say_json(_check_document(checked))
        else:
            for item in checked:
                _show_checked(item)
        if wrong := [item.exit for item in checked if item.exit is not Exit.DONE]:
            raise typer.Exit(min(wrong))


def _check(studio: Studio, name: str, project: Path | None) -> _Checked:
    findings: tuple[PlanFinding, ...] = ()
    try:
        if not is_file(name):
            layout_of(project)
        written = read_plan_as_written(studio, name)
        findings = misspelt_fields(written)
        intake = preview_plan(studio, read_named_plan(studio, name))
    except RecoilError as refusal:
        return _Checked(name, None, findings, refusal)
    except OSError as error:
        message, cure = told(error)
        return _Checked(name, None, findings, RecoilError(f"{name}: {message}", cure=cure))
    findings = (*check_against_project(studio, intake, written), *findings)
    return _Checked(name, _report(name, intake), findings)


def _report(name: str, intake: PlanIntake) -> dict[str, object]:
    return {
        "plan": name,
        "episode": intake.plan.episode,
        "title": intake.plan.title,
        "shots": len(intake.plan.shots),
        "seconds": round(intake.plan.duration_s, 3),
        "grouping": intake.roster.grouping,
        "batches": [
            {
                "batch": entry.batch,
                "modality": entry.group.modality,
                "shots": list(entry.group.identity.shot_ids),
                "seconds": planned_length_s(entry.group.shots),
            }
            for entry in intake.roster.batches
        ],
    }


def _check_document(checked: list[_Checked]) -> dict[str, object]:
    return {
        "plans": [
            {**item.report, "findings": _finding_rows(item)} for item in checked if item.report is not None
        ],
        "refused": [
            {
                "plan": item.name,
                "kind": type(item.refusal).__name__,
                "message": item.refusal.message,
                "cure": item.refusal.cure,
                "problems": [
                    {"path": problem.path, "line": problem.line or None, "message": problem.message}
                    for problem in getattr(item.refusal, "problems", ())
                ],
                "findings": _finding_rows(item),
            }
            for item in checked
            if item.refusal is not None
        ],
    }


def _finding_rows(item: _Checked) -> list[dict[str, object]]:
    return [
        {
            "weight": finding.weight.value,
            "path": finding.problem.path,
            "line": finding.problem.line,
            "message": finding.problem.message,
            "cure": finding.cure,
        }
        for finding in item.findings
    ]


def _show_checked(item: _Checked) -> None:
    report = item.report
    if report is not None:
        verdict = {Exit.DONE: "valid", Exit.FAILED: "can not be made"}.get(item.exit, "awaits somebody")
        title = f"{report['episode']}: {report['title']}, {report['shots']} shots, {report['seconds']} s"
        batches = report["batches"]
        assert isinstance(batches, list)  # noqa: S101  built above
        say_table(f"{title} — {verdict}", [{**row, "shots": ", ".join(row["shots"])} for row in batches])
    if item.refusal is not None:
        say_refusal(item.refusal)
    for finding in item.findings:
        say_finding(finding.weight.value, f"{item.name} {finding.problem}", finding.cure)
