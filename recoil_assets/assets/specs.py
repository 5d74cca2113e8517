"""What the graph says about itself: descriptions, groups, owners, kinds and tags of every asset."""

import dagster as dg

from recoil_assets.assets.partitions import cells, episode_of_cell
from recoil_assets.production.stages import (
    BOARD_REVIEWS,
    BOARDS,
    CELL_STAGES,
    DISPATCH_PAYLOADS,
    PLANS,
    REFERENCES,
    SCENE_VERSIONS,
    TAKES,
)

PRODUCERS = "team:producers"
ENGINEERS = "team:pipeline"
AWAITS_NOBODY = "awaits_nobody"

DESCRIPTIONS = {
    SCENE_VERSIONS: "The scene of each batch: its beats and shots, as an immutable version. A changed plan "
    "stages a candidate beside the active version; it becomes active when a person conforms to it.",
    BOARDS: "The storyboard of each batch, one panel a shot. Look at it here (Partitions, then Show Markdown beside "
    "*board*), then approve or reject it. Batches below threshold are generated shot by shot and need none.",
    BOARD_REVIEWS: "The producer's decision about exactly this picture and shot list. A redrawn board or a "
    "changed shot list needs a new one.",
    REFERENCES: "The reference images this batch uses, by their bytes: repainting one makes exactly the batches that "
    "use it stale.",
    DISPATCH_PAYLOADS: "The whole request for every beat and what it will cost: the dry run. Costs nothing.",
    TAKES: "The primary take of every beat. The one asset that spends on video: it renders what is missing "
    "or stale when somebody materialises it, and nothing else.",
}
_GROUPS = {
    SCENE_VERSIONS: "development",
    BOARDS: "storyboard",
    BOARD_REVIEWS: "storyboard",
    REFERENCES: "art_department",
    DISPATCH_PAYLOADS: "generation",
    TAKES: "generation",
}
_OWNERS = {BOARDS: PRODUCERS, BOARD_REVIEWS: PRODUCERS}
_KINDS = {
    SCENE_VERSIONS: {"json"},
    BOARDS: {"image"},
    BOARD_REVIEWS: {"json"},
    REFERENCES: {"image"},
    DISPATCH_PAYLOADS: {"json"},
    TAKES: {"mp4"},
}
SPENDS = "recoil/spends"


def cell_specs() -> list[dg.AssetSpec]:
    """The specs of the cell stages, with their lineage."""
    return [
        dg.AssetSpec(
            stage.name,
            deps=[
                dg.AssetDep(upstream, partition_mapping=episode_of_cell)
                if upstream == PLANS
                else dg.AssetDep(upstream)
                for upstream in stage.upstream
            ],
            description=DESCRIPTIONS[stage.name],
            skippable=True,
            group_name=_GROUPS[stage.name],
            code_version=stage.code_version,
            owners=[_OWNERS.get(stage.name, ENGINEERS)],
            kinds=_KINDS[stage.name],
            tags={
                SPENDS: "video" if stage.name == TAKES else "boards" if stage.name == BOARDS else "nothing"
            },
            partitions_def=cells,
        )
        for stage in CELL_STAGES
    ]


def cell_check_specs() -> list[dg.AssetCheckSpec]:
    """One check a stage. It reports; nothing that guards money is a check."""
    return [
        dg.AssetCheckSpec(
            AWAITS_NOBODY,
            asset=stage.name,
            description="Nothing stands in the way of this cell: nothing failed, nothing is uncertain, and nobody has "
            "to decide or mend anything. Its partitions say what is awaited, and of whom; *Skipped* is a cell that was "
            "never in doubt.",
            partitions_def=cells,
        )
        for stage in CELL_STAGES
    ]
