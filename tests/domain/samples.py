"""Values of the domain with everything filled in, so that a test says only what it is about."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from recoil_assets.domain.attempt import Attempt, AttemptIntent, AttemptState, StateRecord
from recoil_assets.domain.grouping.group import CoveragePass, CoverageSegment, GroupIdentity, GroupingRules
from recoil_assets.domain.plan import Plan, read_plan
from recoil_assets.domain.price import ModelRate
from recoil_assets.domain.reference import Reference
from recoil_assets.domain.request import GenerationRequest, RequestShot
from recoil_assets.domain.roster import GroupingChoice, Roster, call_roster
from recoil_assets.domain.scene import SceneBody, derive_scene
from recoil_assets.domain.shot import CastMember, Shot

AT = "2026-03-01T12:00:00.000000Z"


def shot(
    shot_id: str = "SH0010",
    *,
    seconds: float = 3.0,
    cast: tuple[str, ...] = ("MAREN",),
    place: str = "LOC_QUAY",
    **more: Any,
) -> Shot:
    return Shot(
        shot_id=shot_id,
        duration_s=seconds,
        characters=tuple(CastMember(char_id=name) for name in cast),
        location_id=place,
        **more,
    )


def shots(count: int, **same: Any) -> tuple[Shot, ...]:
    """``SH0010``, ``SH0020``, ...: ``count`` shots that are otherwise alike."""
    return tuple(shot(f"SH{number:03d}0", **same) for number in range(1, count + 1))


def plan(*listed: Shot, episode: str = "ep_001") -> Plan:
    return Plan(episode=episode, shots=listed)


def shot_document(shot_id: str = "SH0010", **more: Any) -> dict[str, Any]:
    return {"shot_id": shot_id, "duration_s": 3, **more}


def with_shot(**fields: Any) -> dict[str, Any]:
    """The document of a plan of one shot."""
    return {"shots": [shot_document(**fields)]}


def read(document: Any) -> Plan:
    return read_plan(document, source="plans/ep_001.json", default_episode="ep_001")


def rules(longest_s: float = 15.0, **more: Any) -> GroupingRules:
    return GroupingRules(max_duration_s=longest_s, **more)


def coverage(pass_id: str, *shot_ids: str, **more: Any) -> CoveragePass:
    segments = tuple(CoverageSegment(shot_id=shot_id) for shot_id in shot_ids)
    return CoveragePass(**{"pass_id": pass_id, "segments": segments, **more})


def roster(of: Plan, previous: Roster | None = None, *, main: str = "continuity", **choices: Any) -> Roster:
    return call_roster(of, GroupingChoice(main=main, rules=rules(**choices)), previous)


def scenes(of: Roster) -> dict[str, SceneBody]:
    return {entry.batch: derive_scene(of.episode, entry.batch, entry.group) for entry in of.batches}


def scene(*listed: Shot, batch: str = "BATCH_001", **choices: Any) -> SceneBody:
    """The scene of shots that make one batch."""
    called = roster(plan(*listed), **choices)
    assert len(called.batches) == 1, "these shots make more than one batch"
    return derive_scene("ep_001", batch, called.batches[0].group)


def reference(path: str = "refs/characters/MAREN.png", sha256: str = "a" * 64, **more: Any) -> Reference:
    return Reference(**{"role": "character", "name": "MAREN", "path": path, "sha256": sha256, **more})


def request(**changes: Any) -> GenerationRequest:
    facts: dict[str, Any] = {
        "modality": "r2v_multi",
        "model": "paid",
        "prompt": "Maren turns.",
        "shots": (RequestShot(shot_id="SH0010", shot_type="MS", duration_s=6.0),),
        "duration_s": 6.0,
        "width": 720,
        "height": 1280,
        "fps": 24,
        "aspect_ratio": "9:16",
        "audio": False,
        "seed": 7,
        "grouping": GroupIdentity(strategy="continuity", ordinal=1, shot_ids=("SH0010",)),
        "tag": "A_MAREN",
    }
    return GenerationRequest(**{**facts, **changes})


def rate(**changes: Any) -> ModelRate:
    facts: dict[str, Any] = {
        "model": "paid",
        "provider": "fal",
        "modalities": ("video_i2v", "r2v_multi"),
        "unit": "second",
        "usd": Decimal("0.10"),
        "shortest_s": 4,
        "longest_s": 15,
        "source": "the provider's price page",
        "as_of": date(2026, 3, 1),
    }
    return ModelRate(**{**facts, **changes})


def attempt(
    *states: AttemptState,
    number: int = 1,
    basis: str = "basis",
    facts: Mapping[AttemptState, dict[str, Any]] | None = None,
) -> Attempt:
    """An attempt that went through ``states``, with the facts each state recorded."""
    intent = AttemptIntent(
        attempt_id=f"ep_001.take.{number}",
        kind="take",
        number=number,
        project="saltlight",
        episode="ep_001",
        batch="BATCH_001",
        scene_version=1,
        scene_digest="scene",
        beat_id="BATCH_001",
        shot_set="shot set",
        request=request(),
        basis=basis,
        fingerprint="",
        provider="fal",
        estimate_usd=Decimal("0.60"),
        price_source="the provider's price page, 2026-03-01",
        media_path="media/takes/ep_001/take.mp4",
        run_id="run_1",
        root_run_id="run_1",
        created_at=AT,
    )
    records = tuple(
        StateRecord(state=state, at=AT, facts=dict((facts or {}).get(state, {}))) for state in states
    )
    return Attempt(intent=intent, records=records)
