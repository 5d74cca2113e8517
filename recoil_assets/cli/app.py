"""The ``recoil`` command: every subcommand, and the entry point."""

import sys
import warnings
from importlib.metadata import version
from typing import Annotated

import typer

from recoil_assets.cli.board_commands import board_app
from recoil_assets.cli.budget_commands import budget_app
from recoil_assets.cli.demo import demo
from recoil_assets.cli.doctor import doctor
from recoil_assets.cli.impact_command import impact
from recoil_assets.cli.output import ProjectBefore, ProjectOption, answering, begin_with, people
from recoil_assets.cli.plan_check_command import plan_app
from recoil_assets.cli.plan_commands import quote
from recoil_assets.cli.project_commands import init, ui
from recoil_assets.cli.provider_commands import provider_app
from recoil_assets.cli.run_command import run
from recoil_assets.cli.scene_commands import scene_app
from recoil_assets.cli.take_commands import take_app
from recoil_assets.cli.take_review_commands import approve, primary, release, reroll, unapprove
from recoil_assets.cli.webhooks_command import webhooks
from recoil_assets.domain.errors import UsageError

_WITHOUT_PROJECT = ("init", "demo", "provider")

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


def _say_version(asked: bool) -> None:
    if asked:
        people.print(f"recoil {version('recoil')}")
        raise typer.Exit


@app.callback()
def recoil(
    context: typer.Context,
    project: ProjectBefore = None,
    say_version: Annotated[  # noqa: ARG001  its callback answers it
        bool,
        typer.Option("--version", help="Say which version this is.", callback=_say_version, is_eager=True),
    ] = False,
) -> None:
    """Recoil: AI-generated episodes as a Dagster asset graph."""
    begin_with(project)
    name = context.invoked_subcommand
    if project is not None and name in _WITHOUT_PROJECT:
        with answering(as_json=False):
            raise UsageError(f"recoil {name} works on no project", cure="leave --project out")


def _named_before(project: ProjectOption = None) -> None:
    """A project may be named before a group's sub-command too; the option's own callback remembers it."""


for group in (plan_app, board_app, scene_app, take_app):
    group.callback(help=group.info.help)(_named_before)
app.command()(init)
app.command()(demo)
app.add_typer(plan_app, name="plan")
app.command()(quote)
app.command()(impact)
app.command()(run)
app.add_typer(board_app, name="board")
app.add_typer(scene_app, name="scene")
for command in (approve, unapprove, primary, release, reroll):
    take_app.command()(command)
app.add_typer(take_app, name="take")
app.add_typer(budget_app, name="budget")
app.add_typer(provider_app, name="provider")
app.command()(doctor)
app.command()(ui)
app.command()(webhooks)


def main() -> None:
    """Run the command line."""
    warnings.filterwarnings("ignore", module="dagster")
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
