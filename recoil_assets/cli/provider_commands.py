"""``recoil provider``: which providers there are, and opening an account again that was closed."""

from typing import Annotated

import typer

from recoil_assets.cli.output import JsonOption, answering, say_json, say_line, say_table
from recoil_assets.domain.errors import UsageError
from resources.providers.account import SharedAccount
from resources.providers.installed import installed

provider_app = typer.Typer(help="Look at providers, and open their accounts again.", no_args_is_help=True)
NameArgument = Annotated[str, typer.Argument(help="The provider's name.")]


@provider_app.command("list")
def list_providers(as_json: JsonOption = False) -> None:
    """Every provider: whether it is set up and open, and what is wrong where it is not."""
    with answering(as_json=as_json):
        rows = provider_rows()
        if as_json:
            say_json({"providers": rows})
        else:
            say_table("Providers", rows, notes=("what to do",))


@provider_app.command("reopen")
def reopen_provider(name: NameArgument, as_json: JsonOption = False) -> None:
    """Open a provider's account again for all runs, after you have seen to what closed it."""
    with answering(as_json=as_json):
        providers = installed().open().providers
        provider = providers.get(name)
        if provider is None:
            raise UsageError(
                f"there is no provider {name!r} set up here",
                cure=f"use one of: {', '.join(sorted(providers))}",
            )
        was_closed = provider.account.closed()
        if isinstance(provider.account, SharedAccount):
            provider.account.reopen()
        if as_json:
            say_json({"provider": name, "was_closed": was_closed})
        else:
            say_line(
                f" {name}" + (f" (it was closed: {was_closed})" if was_closed else " was open"), lead="open:"
            )


def provider_rows() -> list[dict[str, str]]:
    """One row a provider: its state, how many models it prices, and what a person can do about it."""
    found = installed()
    opened = found.open()
    left_out = {fault.name for fault in opened.faults}
    rows = []
    for plugin in found.plugins:
        provider = opened.providers.get(plugin.name)
        closed = provider.account.closed() if provider else ""
        state, cure = ("ready", "") if provider else ("not set up", plugin.setting_up)
        if closed:
            state, cure = "closed", closed
        if plugin.name not in left_out:
            rows.append({"provider": plugin.name, "state": state, "what to do": cure})
    rows += [
        {
            "provider": fault.name,
            "state": "left out",
            "what to do": f"of {fault.package}: {fault.what}. Cure: {fault.cure}",
        }
        for fault in opened.faults
    ]
    return rows
