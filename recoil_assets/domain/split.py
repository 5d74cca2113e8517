"""Splitting: a scene whose one multi-shot beat is made as several, each of adjacent shots. Pure.

The parts are asked for as the whole was, by the same model and from references. The scene keeps its batch, its
grouping and its board, which is of all its shots. A scene is split where its active version is: somebody conformed
to that, and what the plan says later is split alike.
"""

from collections.abc import Sequence

from recoil_assets.domain.naming import part_beat_id
from recoil_assets.domain.scene import SceneBody


def parts_of(body: SceneBody) -> tuple[tuple[str, ...], ...]:
    """The shots of each multi-shot beat, in story order: one entry for a scene that is whole."""
    return tuple(beat.shot_ids for beat in body.beats if beat.multi_shot)


def is_split(body: SceneBody) -> bool:
    """Whether the scene is made in several multi-shot beats; no grouping derives one that is."""
    return len(parts_of(body)) > 1


def in_parts(body: SceneBody, parts: Sequence[tuple[str, ...]]) -> SceneBody:
    """``body`` with a beat for each part; with one part it is whole again.

    Raises:
        ValueError: the scene is generated shot by shot, or the parts are not all of its shots in story order.
    """
    whole, shots = body.board_beat, {shot.shot_id: shot for shot in body.shots}
    if whole is None or tuple(shot_id for part in parts for shot_id in part) != tuple(shots) or () in parts:
        raise ValueError(f"{list(parts)} are no parts of {body.batch}, which has {list(shots)}")
    if len(parts) == 1:
        return body.model_copy(update={"beats": (whole,)})
    beats = tuple(
        whole.model_copy(
            update={
                "beat_id": part_beat_id(whole.beat_id, part[0]),
                "shots": tuple(shots[shot_id] for shot_id in part),
                "grouping": body.grouping.model_copy(update={"shot_ids": part}),
            }
        )
        for part in parts
    )
    return body.model_copy(update={"beats": beats})


def split_beat(body: SceneBody, parts: Sequence[tuple[str, ...]]) -> SceneBody:
    """``body`` with the one beat that has the shots of ``parts`` made as these parts, and its other beats as they are.

    Raises:
        ValueError: no beat of the scene has exactly these shots.
    """
    shot_ids = tuple(shot_id for part in parts for shot_id in part)
    before = parts_of(body)
    if shot_ids not in before:
        raise ValueError(f"no beat of {body.batch} has the shots {list(shot_ids)}")
    place = before.index(shot_ids)
    return in_parts(body, (*before[:place], *parts, *before[place + 1 :]))


def split_alike(planned: SceneBody, active: SceneBody) -> SceneBody:
    """``planned``, split where ``active`` is; as it is where that is whole, or of other shots."""
    of_these = [shot.shot_id for shot in planned.shots] == [shot.shot_id for shot in active.shots]
    if planned.board_beat is None or not of_these or not is_split(active):
        return planned
    return in_parts(planned, parts_of(active))
