"""``scene_versions``: deriving a cell's scene from its plan."""

from collections.abc import Mapping
from dataclasses import replace

from recoil_assets.domain.cell import Cell
from recoil_assets.domain.derivation import told
from recoil_assets.domain.digest import short
from recoil_assets.domain.scene import SceneBody, SceneManifest, SceneVersion
from recoil_assets.domain.scene_diff import diff_scenes
from recoil_assets.domain.shot import planned_length_s
from recoil_assets.production.cell_work import CellWork
from recoil_assets.production.gates import conform_command
from recoil_assets.production.outcome import Fact, Materialised, Table
from recoil_assets.production.stages import PLANS, SCENE_VERSIONS
from recoil_assets.production.studio import Studio


async def derive(work: CellWork) -> Materialised:
    """Derive the cell: v1, the version it already has, or a candidate beside the active one.

    The data version is the active version's digest; a candidate never becomes active by itself.
    """
    consumed = work.consumed(SCENE_VERSIONS)
    planned = work.planned_body()
    assert planned is not None, "void cells are materialised before their stages run"  # noqa: S101
    assert work.roster is not None  # noqa: S101  planned_body() has raised otherwise
    work.require_recorded(PLANS, work.roster.digest)
    before = work.studio.scenes.manifest(work.cell)
    manifest = work.studio.scenes.derive(work.cell, planned, work.studio.clock.now())
    result = scene_result(work.studio, work.cell, manifest, planned, consumed)
    return replace(result, facts={"outcome": told(before, manifest, planned.digest), **result.facts})


def scene_result(
    studio: Studio, cell: Cell, manifest: SceneManifest, planned: SceneBody, consumed: Mapping[str, str]
) -> Materialised:
    """The cell's active version as the result of ``scene_versions``, with the candidate that waits beside it."""
    active = manifest.active_version
    body = studio.scenes.body(cell, active.digest)
    facts: dict[str, Fact] = {
        "active_version": f"v{active.number} ({short(active.digest)})",
        "derivation": active.derivation,
        "modality": body.modality,
        "seconds": planned_length_s(body.shots),
        "shots": _shots(body),
        "versions": _versions(studio, cell, manifest),
    }
    awaits = ""
    if candidate := manifest.candidate(planned.digest):
        changes = diff_scenes(body, planned).sentences
        facts["candidate"] = f"v{candidate.number}"
        facts["changes"] = Table(tuple({"what the plan says otherwise": sentence} for sentence in changes))
        awaits = _awaited(cell, active, candidate, changes)
    return Materialised(
        cell=cell,
        stage=SCENE_VERSIONS,
        data_version=active.digest,
        consumed=consumed,
        facts=facts,
        awaits=awaits,
    )


def _awaited(cell: Cell, active: SceneVersion, candidate: SceneVersion, changes: tuple[str, ...]) -> str:
    more = f", and {len(changes) - 1} more" if len(changes) > 1 else ""
    told = f" ({changes[0]}{more})" if changes else ""
    return (
        f"the plan says something else than the active v{active.number}{told}, staged as v{candidate.number} — "
        f"restore the plan, or: {conform_command(cell, candidate.number)}"
    )


def _shots(body: SceneBody) -> Table:
    return Table(
        tuple(
            {
                "shot": shot.shot_id,
                "size": shot.shot_type,
                "seconds": shot.duration_s,
                "cast": ", ".join(shot.cast),
                "place": shot.location_id,
                "action": shot.description[:160],
            }
            for shot in body.shots
        )
    )


def _versions(studio: Studio, cell: Cell, manifest: SceneManifest) -> Table:
    return Table(
        tuple(
            {
                "version": f"v{version.number}",
                "active": version.number == manifest.active,
                "beats": len(studio.scenes.body(cell, version.digest).beats),
                "board": version.derivation,
                "digest": short(version.digest),
                "derived": version.created_at[:16],
            }
            for version in manifest.versions
        )
    )
