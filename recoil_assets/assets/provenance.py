"""Provenance: what is recorded for every cell, and the tags that make a streamed event as exact as Dagster's own.

Dagster's staleness compares, per partition, the upstream record at the event pointer with the newest one. A
streamed materialisation therefore names the very record it consumed, by its storage id; a differential test
asks Dagster's own resolver whether that is the same as what Dagster writes for single-asset steps.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import dagster as dg
from dagster._core.definitions.data_version import (
    CODE_VERSION_TAG,
    DATA_VERSION_IS_USER_PROVIDED_TAG,
    DATA_VERSION_TAG,
    INPUT_DATA_VERSION_TAG_PREFIX,
    INPUT_EVENT_POINTER_TAG_PREFIX,
)

from recoil_assets.domain.cell import Cell
from recoil_assets.domain.errors import RecoilError
from recoil_assets.production.outcome import Displaced
from recoil_assets.production.stages import CELL_STAGES, PLANS, Stage, stage_named

DISPLACED_TAG = "recoil/displaced"
"""Tag of a record that says what is there in place of a result, and is none."""
_MATERIALISED = dg.DagsterEventType.ASSET_MATERIALIZATION


@dataclass(frozen=True, slots=True)
class Record:
    """One asset partition's latest materialisation: its storage id and data version."""

    pointer: int
    data_version: str


@dataclass(slots=True)
class Lineage:
    """The latest record of every stage for the cells of a run, kept up to date with what the run logs."""

    instance: dg.DagsterInstance
    records: dict[tuple[str, str], Record] = field(default_factory=dict)
    logged: dict[tuple[str, str], str] = field(default_factory=dict)

    @classmethod
    def load(cls, instance: dg.DagsterInstance, cells: Iterable[Cell]) -> "Lineage":
        """Read the records of ``cells`` and of their episodes' plans: two queries a stage."""
        cells = list(cells)
        lineage = cls(instance)
        lineage._read(PLANS, sorted({cell.episode for cell in cells}))
        for stage in CELL_STAGES:
            lineage._read(stage.name, [cell.key for cell in cells])
        return lineage

    def recorded(self, cell: Cell) -> dict[str, str]:
        """The data version of every stage recorded for ``cell``, its episode's plan included."""
        names = [PLANS, *(stage.name for stage in CELL_STAGES)]
        found = {name: self._record(name, _partition(name, cell)) for name in names}
        return {name: record.data_version for name, record in found.items() if record is not None}

    def tags(
        self, stage: Stage, cell: Cell, data_version: str, consumed: Mapping[str, str]
    ) -> dict[str, str]:
        """The provenance tags of a materialisation.

        Raises:
            RecoilError: an upstream's record is no longer the one that was consumed.
        """
        tags = {
            DATA_VERSION_TAG: data_version,
            DATA_VERSION_IS_USER_PROVIDED_TAG: "true",
            CODE_VERSION_TAG: stage.code_version,
        }
        for upstream, version in consumed.items():
            record = self._record(upstream, _partition(upstream, cell))
            if record is None or record.data_version != version:
                raise RecoilError(
                    f"{upstream} of {cell} was changed by another run while {stage.name} was made from it",
                    cure=f"materialise {stage.name} for this cell again",
                )
            tags[_consumed_tag(upstream)] = version
            tags[f"{INPUT_EVENT_POINTER_TAG_PREFIX}/{upstream}"] = str(record.pointer)
        return tags

    def note(self, asset: str, partition: str, data_version: str) -> None:
        """Remember that this run logged a record; its storage id is read when something consumes it."""
        self.logged[asset, partition] = data_version

    def _record(self, asset: str, partition: str) -> Record | None:
        """The latest record; records this run logged are looked up together, one pair of queries an asset."""
        if (asset, partition) in self.logged:
            mine = {part: version for (name, part), version in self.logged.items() if name == asset}
            self._read(asset, sorted(mine))
            for part, version in mine.items():
                found = self.records.get((asset, part))
                if found is None or found.data_version != version:
                    self.records[asset, part] = Record(pointer=0, data_version="changed by another run")
                del self.logged[asset, part]
        return self.records.get((asset, partition))

    def _read(self, asset: str, partitions: list[str]) -> None:
        storage, key = self.instance.event_log_storage, dg.AssetKey(asset)
        pointers = storage.get_latest_storage_id_by_partition(key, _MATERIALISED, set(partitions))
        if not pointers:
            return
        tags = storage.get_latest_tags_by_partition(
            key,
            _MATERIALISED,
            tag_keys=[DATA_VERSION_TAG],
            asset_partitions=partitions,
            before_cursor=max(pointers.values()) + 1,
        )
        for partition, pointer in pointers.items():
            if version := tags.get(partition, {}).get(DATA_VERSION_TAG):
                self.records[asset, partition] = Record(pointer, version)


def recorded_versions(instance: dg.DagsterInstance, asset: str, partitions: list[str]) -> dict[str, str]:
    """Data version of the latest materialisation by partition, for the partitions that have one."""
    tags = instance.event_log_storage.get_latest_tags_by_partition(
        dg.AssetKey(asset), _MATERIALISED, tag_keys=[DATA_VERSION_TAG], asset_partitions=partitions
    )
    return {
        partition: found[DATA_VERSION_TAG] for partition, found in tags.items() if DATA_VERSION_TAG in found
    }


@dataclass(frozen=True, slots=True)
class Making:
    """A cell's latest record of a stage, and the data version of each upstream that it was made from."""

    record: Record
    consumed: Mapping[str, str]


def makings(instance: dg.DagsterInstance, stage: Stage, cells: Iterable[Cell]) -> dict[Cell, Making]:
    """The latest making of ``stage`` by cell, for the cells that have one."""
    by_key = {cell.key: cell for cell in cells}
    return {
        by_key[partition]: Making(
            Record(record.storage_id, version),
            {upstream: seen for upstream in stage.upstream if (seen := tags.get(_consumed_tag(upstream)))},
        )
        for partition, record in _latest(instance, stage.name, list(by_key)).items()
        if (tags := _tags(record)) and (version := tags.get(DATA_VERSION_TAG))
    }


def newest_records(instance: dg.DagsterInstance, assets: Iterable[str]) -> dict[str, int]:
    """Storage id of the newest materialisation of each asset, whatever its partition; 0 where it has none."""
    keys = [dg.AssetKey(asset) for asset in assets]
    found = {
        record.asset_entry.asset_key: record.asset_entry.last_materialization_storage_id or 0
        for record in instance.get_asset_records(keys)
    }
    return {key.to_user_string(): found.get(key, 0) for key in keys}


def is_made(instance: dg.DagsterInstance, stage: Stage, cells: Iterable[Cell]) -> bool:
    """Whether ``stage`` is recorded for every one of the cells, made from what its upstreams last recorded."""
    cells = list(cells)
    made = makings(instance, stage, cells)
    for upstream in stage.upstream:
        versions = recorded_versions(
            instance, upstream, sorted({_partition(upstream, cell) for cell in cells})
        )
        for cell in cells:
            latest = versions.get(_partition(upstream, cell))
            if latest is None or cell not in made or made[cell].consumed.get(upstream) != latest:
                return False
    return True


def _latest(instance: dg.DagsterInstance, asset: str, partitions: list[str]) -> dict[str, dg.EventLogRecord]:
    """The latest materialisation by partition."""
    key = dg.AssetKey(asset)
    pointers = instance.event_log_storage.get_latest_storage_id_by_partition(
        key, _MATERIALISED, set(partitions)
    )
    if not pointers:
        return {}
    latest = instance.fetch_materializations(
        dg.AssetRecordsFilter(asset_key=key, storage_ids=list(pointers.values())), limit=len(pointers)
    )
    return {str(record.partition_key): record for record in latest.records}


def _tags(record: dg.EventLogRecord) -> Mapping[str, str]:
    made = record.asset_materialization
    return (made.tags or {}) if made else {}


def _consumed_tag(upstream: str) -> str:
    return f"{INPUT_DATA_VERSION_TAG_PREFIX}/{upstream}"


def _partition(asset: str, cell: Cell) -> str:
    return cell.episode if asset == PLANS else cell.key


def log_displaced(
    context: dg.AssetExecutionContext | dg.OpExecutionContext,
    lineage: Lineage,
    displaced: Displaced,
    metadata: Mapping[str, dg.MetadataValue],
) -> None:
    """Log that a cell has something else than a stage last recorded.

    The record names no upstream that it was made from, so that the stage reads as unsynced, and whatever was made from
    the record before it does too. Where another run recorded exactly this meanwhile, that stands.
    """
    asset, partition = displaced.stage, displaced.cell.key
    now = recorded_versions(lineage.instance, asset, [partition]).get(partition)
    if now in (None, displaced.data_version):
        return
    tags = lineage.tags(stage_named(asset), displaced.cell, displaced.data_version, {})
    context.log_event(
        dg.AssetMaterialization(
            asset_key=asset,
            partition=partition,
            description="not made: this is what the cell has in place of what was recorded",
            metadata=dict(metadata),
            tags={**tags, DISPLACED_TAG: "true"},
        )
    )
    lineage.note(asset, partition, displaced.data_version)


def log_materialisation(
    context: dg.AssetExecutionContext | dg.OpExecutionContext,
    lineage: Lineage,
    stage: Stage,
    cell: Cell,
    *,
    data_version: str,
    consumed: Mapping[str, str],
    metadata: Mapping[str, dg.MetadataValue],
) -> None:
    """Log one cell's materialisation of one stage, with exact provenance."""
    context.log_event(
        dg.AssetMaterialization(
            asset_key=stage.name,
            partition=cell.key,
            metadata=dict(metadata),
            tags=lineage.tags(stage, cell, data_version, consumed),
        )
    )
    lineage.note(stage.name, cell.key, data_version)
