"""Flat scene files: the un-versioned form of a scene, as productions before Recoil left it. Pure.

One JSON object a batch: ``scene_id``, ``beats`` (each with ``beat_id`` and ``beat_metadata``: ``shot`` or
``batch_shots``, ``modality``, ``grouping``, ``generation_config``, ``element_config``, ``prompt_directive``)
and ``scene_metadata`` with the batch's ``grouping``. Takes and boards in it are status, not structure: they
are not read, for nothing vouches for what they were paid for.
"""

from collections.abc import Iterator
from typing import Any, get_args

from recoil_assets.domain.cell import Cell
from recoil_assets.domain.errors import InvalidPlanError, InvalidSceneFileError, Problem
from recoil_assets.domain.grouping.group import Group, GroupIdentity, Modality
from recoil_assets.domain.naming import StrategyName
from recoil_assets.domain.plan import read_plan
from recoil_assets.domain.scene import SceneBody, derive_scene
from recoil_assets.domain.shot import Shot

_CURE = "correct the file, or move it away to have the scene derived from the plan; nothing was written"
_SUMMARY = "batch_summary"
"""What the old form kept of a batch in ``element_config``: it is derived from the shots."""


def read_flat_scene(document: Any, cell: Cell, *, source: str) -> SceneBody:  # noqa: ANN401  parsed JSON
    """The structure that a flat scene file holds, in the form that deriving it from a plan gives.

    A file whose beats do not say their shots, modality or grouping gives a scene without beats: it can be
    kept as a version and not be generated from.

    Raises:
        InvalidSceneFileError: with every problem of the file.
    """
    problems: list[Problem] = []
    beats = _beats(document, cell, problems)
    structured = [(path, meta) for path, meta in beats if _shot_documents(meta)]
    documents = [shot for _, meta in structured for shot in _shot_documents(meta)]
    shots: tuple[Shot, ...] = ()
    if documents and not problems:
        try:
            shots = read_plan({"shots": documents}, source=source, default_episode=cell.episode).shots
        except InvalidPlanError as error:
            problems.extend(error.problems)
    if problems:
        raise InvalidSceneFileError(f"scene file {source}", problems, cure=_CURE)
    first = structured[0][1] if structured else {}
    metadata = document.get("scene_metadata")
    grouping = metadata.get("grouping") if isinstance(metadata, dict) else None
    identity = _identity(grouping or first.get("grouping"), shots)
    modality = first.get("modality")
    if identity is None or modality not in get_args(Modality) or len(structured) < len(beats):
        return SceneBody(
            episode=cell.episode,
            batch=cell.batch,
            grouping=GroupIdentity(strategy="solo", ordinal=0, shot_ids=()),
            modality="video_i2v",
            beats=(),
        )
    elements = dict(first.get("element_config") or {})
    elements.pop(_SUMMARY, None)
    group = Group(
        identity=identity,
        shots=shots,
        modality=modality,
        generation_config=dict(first.get("generation_config") or {}),
        element_config=elements,
        prompt_directive=str(first.get("prompt_directive") or ""),
    )
    return derive_scene(cell.episode, cell.batch, group)


def _beats(document: Any, cell: Cell, problems: list[Problem]) -> list[tuple[str, dict[str, Any]]]:  # noqa: ANN401
    """(JSON path, metadata) of every beat."""
    if not isinstance(document, dict):
        problems.append(Problem("$", "a scene file is a JSON object"))
        return []
    named = document.get("scene_id", cell.batch)
    if named != cell.batch:
        problems.append(Problem("$.scene_id", f"says {named!r}, the file is named for {cell.batch!r}"))
    beats = document.get("beats")
    if not isinstance(beats, list):
        problems.append(Problem("$.beats", "a scene has a list 'beats'"))
        return []
    return list(_metadata(beats, problems))


def _metadata(beats: list[Any], problems: list[Problem]) -> Iterator[tuple[str, dict[str, Any]]]:
    for index, beat in enumerate(beats):
        path = f"$.beats[{index}].beat_metadata"
        metadata = beat.get("beat_metadata", {}) if isinstance(beat, dict) else None
        if not isinstance(metadata, dict):
            problems.append(Problem(path, "a beat has an object 'beat_metadata'"))
            continue
        problems.extend(
            Problem(f"{path}.{name}", "is an object")
            for name in ("generation_config", "element_config", "grouping")
            if not isinstance(metadata.get(name) or {}, dict)
        )
        yield path, metadata


def _shot_documents(metadata: dict[str, Any]) -> list[Any]:
    """The beat's shots as the plan wrote them, which the old form kept whole in ``raw``."""
    listed = metadata.get("batch_shots") or [metadata.get("shot") or metadata.get("plan_shot")]
    shots = listed if isinstance(listed, list) else []
    return [_as_planned(shot) for shot in shots if isinstance(shot, dict)]


def _as_planned(shot: dict[str, Any]) -> dict[str, Any]:
    raw = shot.get("raw")
    return raw if isinstance(raw, dict) and ("shot_id" in raw or "id" in raw) else shot


def _identity(grouping: Any, shots: tuple[Shot, ...]) -> GroupIdentity | None:  # noqa: ANN401  parsed JSON
    """The batch's grouping identity, or ``None`` where the file does not say a usable one."""
    if not isinstance(grouping, dict) or not shots:
        return None
    strategy, ordinal, pass_id = (grouping.get(name) for name in ("strategy", "ordinal", "source_pass_id"))
    known = strategy in get_args(StrategyName)
    counted = isinstance(ordinal, int) and not isinstance(ordinal, bool) and ordinal >= 0
    if not known or not counted or not isinstance(pass_id, str | None):
        return None
    return GroupIdentity(
        strategy=strategy,
        ordinal=ordinal,
        shot_ids=tuple(shot.shot_id for shot in shots),
        source_pass_id=pass_id or None,
    )
