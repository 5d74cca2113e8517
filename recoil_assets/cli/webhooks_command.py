"""``recoil webhooks``: receives what providers send when a job is done, so that it is asked about at once."""

import os
from contextlib import closing
from typing import Annotated

import typer

from recoil_assets.cli.output import ProjectOption, answering, people
from recoil_assets.cli.runner import layout_of
from recoil_assets.domain.errors import RecoilError
from recoil_assets.production.event_loop import run_loop
from resources.clock import SystemClock
from resources.ops_log import OpsLogFile
from resources.project_store.layout import Layout
from resources.project_store.wakes import WakeFiles
from resources.providers.secret import secret_from_environment
from resources.webhooks.fal_keys import FAL_KEYS_URL, FalKeys
from resources.webhooks.receiver import Receiver

PortOption = Annotated[int, typer.Option(min=1, max=65535, help="Port on 127.0.0.1.")]


def webhooks(port: PortOption = 8787, project: ProjectOption = None) -> None:
    """Receive webhooks at /fal and /flora on 127.0.0.1. Runs see their jobs' ends sooner, and need it for nothing."""
    with answering(as_json=False):
        layout = layout_of(project)
        with closing(OpsLogFile(layout.ops_log, SystemClock())) as log:
            run_loop(_receive(layout, port, log))


async def _receive(layout: Layout, port: int, log: OpsLogFile) -> None:
    receiver = Receiver(
        WakeFiles(layout).leave,
        log,
        fal_keys=FalKeys(os.environ.get("FAL_JWKS_URL", "") or FAL_KEYS_URL),
        flora_secret=secret_from_environment("FLORA_WEBHOOK_SECRET"),
    )
    try:
        server = await receiver.serve(port)
    except OSError as error:
        raise RecoilError(
            f"port {port} on 127.0.0.1 can not be used: {error.strerror}",
            cure="end what is using it, or choose another with --port",
        ) from error
    people.print(f"webhooks for {layout.root} at http://127.0.0.1:{port}/fal and /flora  (Ctrl-C ends it)")
    async with server:
        await server.serve_forever()
