"""``scene_versions``: deriving a cell's scene from its plan."""

from recoil_assets.domain.cell import Cell
from recoil_assets.domain.digest import short
from recoil_assets.domain.errors import UsageError
from recoil_assets.domain.scene import SceneManifest, SceneVersion, derive_scene
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
    manifest = work.studio.scenes.derive(work.cell, planned, work.studio.clock.now())
    active = manifest.active_version
    body = work.studio.scenes.body(work.cell, active.digest)
    candidate = manifest.candidate(planned.digest)
    facts: dict[str, Fact] = {
        "active_version": f"v{active.number} ({short(active.digest)})",
        "derivation": active.derivation,
        "modality": body.modality,
        "seconds": planned_length_s(body.shots),
        "shots": Table(
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
        ),
    }
    awaits = ""
    if candidate:
        facts["candidate"] = f"v{candidate.number}"
        awaits = (
            f"the plan says something else than the active v{active.number}, staged as v{candidate.number} — "
            f"restore the plan, or: {conform_command(work.cell, candidate.number)}"
        )
    return Materialised(
        cell=work.cell,
        stage=SCENE_VERSIONS,
        data_version=active.digest,
        consumed=consumed,
        facts=facts,
        awaits=awaits,
    )


def planned_version(studio: Studio, cell: Cell, manifest: SceneManifest) -> SceneVersion:
    """The version of a cell that its plan asks for now, active or not.

    Raises:
        UsageError: the plan has no such batch, or its scene was not derived yet.
    """
    roster = studio.rosters.get(cell.episode)
    group = roster.group(cell.batch) if roster else None
    if group is None:
        raise UsageError(
            f"the plan of {cell.episode} has no batch {cell.batch} now", cure="name a version with --version"
        )
    found = manifest.find(derive_scene(cell.episode, cell.batch, group).digest)
    if found is None:
        raise UsageError(
            f"what the plan says of {cell} now is no version yet",
            cure=f"recoil run {cell.episode} --until scenes",
        )
    return found
