"""What jobs of a person's decisions have in common: one clear failure, and a record of what is true now."""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from recoil_assets.assets.presentation import metadata_of
from recoil_assets.assets.provenance import Lineage, log_materialisation
from recoil_assets.domain.errors import RecoilError
from recoil_assets.production.outcome import Materialised
from recoil_assets.production.stages import stage_named
from recoil_assets.production.studio import Studio
from resources.dagster_resources import StudioResource


@contextmanager
def acting(studio: StudioResource) -> Iterator[Studio]:
    """The studio; whatever is refused is the run's one clear failure."""
    try:
        with studio.open() as opened:
            yield opened
    except RecoilError as error:
        raise dg.Failure(description=str(error), allow_retries=False) from error


def record(context: dg.OpExecutionContext, lineage: Lineage, result: Materialised) -> None:
    """Record a result of a stage with its provenance, as the production step does."""
    log_materialisation(
        context,
        lineage,
        stage_named(result.stage),
        result.cell,
        data_version=result.data_version,
        consumed=result.consumed,
        metadata=metadata_of(result.facts),
    )
