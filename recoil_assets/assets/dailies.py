"""``dailies``: what the producer watches, per episode."""

from collections.abc import Iterator

import dagster as dg

from recoil_assets.assets.partitions import cells_of, episode_of_cell, episodes
from recoil_assets.assets.presentation import metadata_of
from recoil_assets.assets.provenance import recorded_versions
from recoil_assets.assets.specs import PRODUCERS
from recoil_assets.domain.board import VOID
from recoil_assets.domain.cell import Cell
from recoil_assets.domain.cut import Cut
from recoil_assets.domain.errors import BlockedError, RecoilError
from recoil_assets.production.dailies import DailiesFiles, assemble_cut, lacking_of, make_dailies
from recoil_assets.production.derivation import view_derivation
from recoil_assets.production.outcome import Facts, Picture, Table
from recoil_assets.production.stages import DAILIES, TAKES
from recoil_assets.production.storyboard import THUMBNAIL_BYTES
from recoil_assets.production.studio import Studio
from resources.dagster_resources import StudioResource

READY_CHECK = "every_batch_has_takes"


def dailies_asset() -> dg.AssetsDefinition:
    """The asset."""

    @dg.asset(
        name=DAILIES,
        partitions_def=episodes,
        deps=[dg.AssetDep(TAKES, partition_mapping=episode_of_cell)],
        output_required=False,
        group_name="editorial",
        owners=[PRODUCERS],
        kinds={"mp4"},
        tags={"recoil/spends": "nothing"},
        code_version="1",
        check_specs=[
            dg.AssetCheckSpec(
                READY_CHECK,
                asset=DAILIES,
                description="Every batch of the plan has its takes, so nothing in the cut is missing or stale.",
                partitions_def=episodes,
            )
        ],
        description="The episode to watch: one video of every primary take in story order, an editing timeline (OTIO "
        "and CMX3600), and a contact sheet.",
    )
    def dailies(
        context: dg.AssetExecutionContext, studio: StudioResource
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        episode = context.partition_key
        try:
            with studio.open() as opened:
                cut = assemble_cut(opened, episode, _recorded_takes(context, episode))
                files = make_dailies(opened, cut)
                facts = _facts(opened, cut, files)
                lacking = lacking_of(cut, view_derivation(opened, episode).pending)
        except BlockedError as blocked:
            context.log.warning(str(blocked))
            yield _ready(passed=False, description=str(blocked))
            return
        except RecoilError as error:
            raise dg.Failure(description=str(error), allow_retries=False) from error
        yield dg.MaterializeResult(data_version=dg.DataVersion(cut.digest), metadata=metadata_of(facts))
        yield _ready(
            passed=not lacking, description=lacking or f"{len(cut.clips)} clips, nothing missing or stale"
        )

    return dailies


def _ready(*, passed: bool, description: str) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        check_name=READY_CHECK, passed=passed, description=description, severity=dg.AssetCheckSeverity.WARN
    )


def _recorded_takes(context: dg.AssetExecutionContext, episode: str) -> dict[str, str]:
    """Data version of the latest ``takes`` record by batch key; void cells are no batches."""
    recorded = recorded_versions(context.instance, TAKES, cells_of(context.instance, episode))
    return {Cell.parse(key).batch: version for key, version in recorded.items() if version != VOID}


def _facts(studio: Studio, cut: Cut, files: DailiesFiles) -> Facts:
    return {
        "contact_sheet": Picture(
            webp=studio.editorial.thumbnail(files.contact_sheet, max_bytes=THUMBNAIL_BYTES),
            path=files.contact_sheet,
            caption=f"{cut.title} ({cut.episode})",
        ),
        "video": files.video,
        "timeline": files.timeline,
        "edit_list": files.edit_list,
        "seconds": round(cut.duration_s, 3),
        "cost": cut.cost_usd,
        "approved_clips": sum(clip.approved for clip in cut.clips),
        "stale_clips": sum(clip.stale for clip in cut.clips),
        "clips": Table(
            tuple(
                {
                    "beat": clip.beat_id,
                    "shots": ", ".join(clip.shot_ids),
                    "take": clip.take_number,
                    "seconds": round(clip.duration_s, 3),
                    "model": clip.model,
                    "stale": clip.stale,
                    "approved": clip.approved,
                    "latest_take": clip.newer or clip.take_number,
                    "latest_approved": clip.newer_approved or (clip.take_number if clip.approved else None),
                    "drifted": ", ".join(clip.drift),
                }
                for clip in cut.clips
            )
        ),
    }
