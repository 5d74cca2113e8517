"""Values to put into the store."""

from decimal import Decimal

from recoil_assets.domain.attempt import AttemptIntent, AttemptState, StateRecord
from recoil_assets.domain.cell import Cell
from recoil_assets.domain.grouping.group import Group, GroupIdentity
from recoil_assets.domain.request import GenerationRequest
from recoil_assets.domain.scene import SceneBody, derive_scene
from recoil_assets.domain.shot import Shot

CELL = Cell("ep_001", "BATCH_001")
NOW = "2026-03-01T12:00:00.000000Z"


def intent(number: int = 1, *, attempt_id: str = "", shot_set: str = "5e7") -> AttemptIntent:
    identity = GroupIdentity(strategy="solo", ordinal=1, shot_ids=("SH0001",))
    request = GenerationRequest(
        modality="video_i2v",
        model="reel",
        prompt="a door opens",
        shots=(),
        duration_s=3.0,
        width=720,
        height=1280,
        fps=24,
        aspect_ratio="9:16",
        audio=False,
        seed=1,
        grouping=identity,
        tag="SOLO",
    )
    return AttemptIntent(
        attempt_id=attempt_id or f"ep_001.take.{shot_set}.{number:04d}",
        kind="take",
        number=number,
        project="test show",
        episode="ep_001",
        batch="BATCH_001",
        scene_version=1,
        scene_digest="a" * 64,
        beat_id="SH0001",
        shot_set=shot_set,
        request=request,
        basis=request.digest,
        fingerprint="",
        provider="lab",
        estimate_usd=Decimal("0.30"),
        price_source="made up",
        media_path=f"media/takes/t{number:03d}.mp4",
        run_id="run_1",
        root_run_id="run_1",
        created_at=NOW,
    )


def record(state: AttemptState, ordinal: int = 1, **facts: object) -> StateRecord:
    return StateRecord(state=state, ordinal=ordinal, at=NOW, facts=facts)


def body(*shot_ids: str, seconds: float = 3.0, cell: Cell = CELL) -> SceneBody:
    """A scene of these shots in one piece, or of one shot on its own."""
    shots = tuple(Shot(shot_id=shot_id, duration_s=seconds) for shot_id in shot_ids)
    group = Group(
        identity=GroupIdentity(strategy="continuity", ordinal=1, shot_ids=shot_ids),
        shots=shots,
        modality="r2v_multi" if len(shots) > 1 else "video_i2v",
    )
    return derive_scene(cell.episode, cell.batch, group)
