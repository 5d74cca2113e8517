"""Proposing a split: a candidate version in which a beat is made as two. A person adopts it, or leaves it.

Nothing is rendered for a candidate. Once it is adopted only its new beats need takes, for takes belong to shots.
"""

from collections.abc import Sequence

from recoil_assets.domain.diagnosis.mode import Failure
from recoil_assets.domain.errors import RecoilError
from recoil_assets.domain.money import show
from recoil_assets.domain.retry.change import StrategyName
from recoil_assets.domain.retry.strategies import SplitBeat
from recoil_assets.domain.retry.strategy import Handover
from recoil_assets.domain.scene import SceneBody
from recoil_assets.domain.split import split_beat
from recoil_assets.production.cell_work import CellWork
from recoil_assets.production.gates import conform_command
from recoil_assets.production.payloads import BeatPayload, beat_payload, total_usd


def proposed_split(
    work: CellWork,
    body: SceneBody,
    payload: BeatPayload,
    failure: Failure,
    handovers: Sequence[Handover],
) -> str:
    """Stage the split that is handed over as a candidate version, and tell of it with the commands to go on.

    Returns:
        the sentences that the cell shows: also where a split would help and can not be had. Empty where none would.
    """
    beat = payload.beat
    planned = work.planned_body()
    if planned is None or planned.digest != body.digest or failure.mode not in SplitBeat.MODES:
        return ""
    if len(beat.shots) == 1:
        return f"{beat.beat_id} is one shot, so it can not be split"
    parts = next((item.shots for item in handovers if item.strategy is StrategyName.SPLIT_BEAT), ())
    if not parts:
        return ""
    try:
        return _staged(work, payload, split_beat(body, parts))
    except RecoilError as error:
        return f"a split of {beat.beat_id} could not be staged: {error.message}"


def _staged(work: CellWork, payload: BeatPayload, split: SceneBody) -> str:
    studio, cell, whole = work.studio, work.cell, payload.beat
    beats = [beat for beat in split.beats if set(beat.shot_ids) <= set(whole.shot_ids)]
    total = total_usd(tuple(beat_payload(studio, beat, work.choices, None) for beat in beats))
    before = studio.scenes.manifest(cell)
    manifest = studio.scenes.derive(cell, split, studio.clock.now())
    version = manifest.find(split.digest)
    assert version is not None, "what was derived is a version"  # noqa: S101
    if before is None or before.find(split.digest) is None:
        studio.note("split_proposed", cell=cell.key, beat_id=whole.beat_id, version=version.number)
    listed = " and ".join(", ".join(beat.shot_ids) for beat in beats)
    board = any(item.role == "board" for item in payload.request.references)
    return (
        f"v{version.number} makes {whole.beat_id} as {len(beats)} beats, {listed}, for "
        f"{'an unknown price' if total is None else f'at most {show(total)}'}"
        f"{', without the board, which shows all its shots' if board else ''}; nothing is rendered before somebody "
        f"adopts it. To look at it: recoil scene diff {cell.episode} {cell.batch} --to {version.number}; "
        f"to adopt it: {conform_command(cell, version.number)}, then recoil run {cell.episode} --batch {cell.batch}"
    )
