"""What the graph is: it can not change unnoticed, and Dagster sees all of it from outside."""

import json
from pathlib import Path

import dagster as dg
from dagster._core.remote_representation.external_data import RepositorySnap

from recoil_assets.definitions import build_defs
from recoil_assets.production.stages import CELL_STAGES

SNAPSHOT = Path(__file__).parent / "graph_snapshot.json"


def describe(defs: dg.Definitions) -> dict[str, object]:
    graph = defs.resolve_asset_graph()
    assets = {}
    for node in graph.asset_nodes:
        assets[node.key.to_user_string()] = {
            "description": node.description,
            "group": node.group_name,
            "owners": sorted(node.owners),
            "kinds": sorted(node.kinds),
            "tags": {key: value for key, value in node.tags.items() if key.startswith("recoil/")},
            "code_version": node.code_version,
            "parents": sorted(key.to_user_string() for key in node.parent_keys),
            "partitions": type(node.partitions_def).__name__,
            "checks": sorted(key.name for key in node.check_keys),
        }
    jobs = {
        job.name: sorted(key.to_user_string() for key in job.asset_layer.executable_asset_keys)
        for job in defs.resolve_all_job_defs()
        if not job.name.startswith("__")
    }
    sensors = {sensor.name: sensor.default_status.value for sensor in defs.sensors or []}
    return {"assets": assets, "jobs": jobs, "sensors": sensors}


def test_the_graph_is_what_the_snapshot_says() -> None:
    """After a change on purpose: python -m tests.graph.test_definitions writes the snapshot anew."""
    assert json.loads(json.dumps(describe(build_defs()))) == json.loads(SNAPSHOT.read_text())


def test_every_asset_says_what_it_is_and_whose() -> None:
    for node in build_defs().resolve_asset_graph().asset_nodes:
        assert node.description, node.key
        assert node.owners, node.key
        assert node.kinds, node.key
        assert node.group_name != "default", node.key
        assert "recoil/spends" in node.tags, node.key


def test_both_partition_mappings_survive_into_the_remote_snapshot() -> None:
    """A mapping of our own would work in process and silently become identity in the daemon and the UI."""
    snapshot = RepositorySnap.from_def(build_defs().get_repository_def())
    mappings = {}
    for node in snapshot.asset_nodes:
        for edge in node.parent_edges:
            mappings[edge.parent_asset_key.to_user_string(), node.asset_key.to_user_string()] = (
                edge.partition_mapping
            )
    for pair in (("plans", "scene_versions"), ("takes", "dailies"), ("takes", "spend_report")):
        mapping = mappings[pair]
        assert isinstance(mapping, dg.MultiToSingleDimensionPartitionMapping), pair
        assert mapping.partition_dimension_name == "episode"


def test_definitions_are_made_fresh_every_time() -> None:
    first, second = build_defs(), build_defs()
    assert first.resolve_asset_graph() is not second.resolve_asset_graph()


def test_a_stage_s_lineage_is_the_stage_table() -> None:
    graph = build_defs().resolve_asset_graph()
    for stage in CELL_STAGES:
        parents = {key.to_user_string() for key in graph.get(dg.AssetKey(stage.name)).parent_keys}
        assert parents == set(stage.upstream)


def test_every_job_says_what_it_does_and_runs_in_one_process() -> None:
    for job in build_defs().resolve_all_job_defs():
        if not job.name.startswith("__"):
            assert job.description
        assert job.executor_def.name == "in_process", job.name


if __name__ == "__main__":
    SNAPSHOT.write_text(json.dumps(describe(build_defs()), indent=1, sort_keys=True) + "\n")
