"""Rerolls: whether a new take of one beat may be made on demand. Pure; the facts are gathered elsewhere.

The refusals are looked for in the order of ``RerollCode``, and the first one found is the answer; gates and caps
come after them, as for any take.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from recoil_assets.domain.errors import BlockedError, UsageError
from recoil_assets.domain.naming import (
    MOST_SHOTS,
    StrategyName,
    TakeName,
    build_file_name,
    build_legacy_file_name,
    episode_number,
    parse_file_name,
)
from recoil_assets.domain.value import Value


class RerollCode(StrEnum):
    """Why a reroll is refused, in the order in which it is looked for."""

    PREFLIGHT_REQUIRED = "reroll_preflight_required"
    REQUIRES_SUCCEEDED_PRIMARY = "reroll_requires_succeeded_primary"
    REQUIRES_SINGLE_BEAT = "new_take_requires_single_r2v_multi_beat"
    SEGMENT_DRIFT = "reroll_segment_drift"
    REFS_DRIFTED = "reroll_refs_drifted"
    COLLISION = "reroll_collision"
    IDENTITY_UNRESOLVABLE = "reroll_identity_unresolvable"


class RerollRefusedError(BlockedError):
    """A reroll is refused; nothing was changed and nothing spent."""

    def __init__(self, code: RerollCode, message: str, *, cure: str) -> None:
        super().__init__(code.value, message, cure=cure)
        self.code = code


class KeptIdentity(Value):
    """The grouping identity that is stored with a beat: what a new take is named by where no primary tells."""

    strategy: StrategyName
    ordinal: int
    shot_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PrimaryFacts:
    """The target's primary take.

    Attributes:
        file_name: of its media, without folders.
        fingerprint: of the references it was made from.
    """

    succeeded: bool
    media_present: bool
    file_name: str
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BeatFacts:
    """Another beat of the scene, which has to be as it was.

    Attributes:
        succeeded: whether its primary succeeded. media_present: whether the media of that take is there.
        would_be_dispatched: whether a materialisation would render it: a reroll is of one beat.
        kept_fingerprint: of the references its primary was made from.
        fingerprint: of its references now; None where they can not be resolved.
    """

    beat_id: str
    succeeded: bool
    media_present: bool
    would_be_dispatched: bool
    kept_fingerprint: str
    fingerprint: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RerollFacts:
    """Everything that decides about a reroll.

    Attributes:
        target: the beat that a person named; empty where none was.
        matching_beats: how many beats of the scene are meant by it.
        scene_found: whether the scene is stored, with the shots that were named.
        topology_unchanged: whether the plan still asks for the beats that the stored scene has.
        shot_ids: the target's shots now, in story order.
        primary: the target's primary, or None.
        cleared_stale: whether a stale or phantom primary was released on purpose, and left its marker.
        kept_identity: the stored grouping identity; None where none that is usable is.
        fingerprint: of the target's references now; None where they can not be resolved.
        take: the number that the new take is forced to have.
        taken_names: names of the files that are where takes are.
    """

    target: str
    episode: str
    matching_beats: int = 1
    scene_found: bool = True
    topology_unchanged: bool = True
    shot_ids: tuple[str, ...] = ()
    primary: PrimaryFacts | None = None
    cleared_stale: bool = False
    kept_identity: KeptIdentity | None = None
    fingerprint: str | None = ""
    siblings: tuple[BeatFacts, ...] = ()
    take: int = 1
    taken_names: frozenset[str] = field(default_factory=frozenset)

    @property
    def uses_kept_identity(self) -> bool:
        """Whether this is the cleared-stale form. A healthy primary always takes the ordinary one."""
        return self.cleared_stale and not _is_healthy(self.primary)


def check_reroll(facts: RerollFacts) -> TakeName:
    """The name of the new take.

    Raises:
        RerollRefusedError: the first refusal that applies.
    """
    for refusal in _refusals(facts):
        raise refusal
    name = _take_name(facts)
    if name is None:
        raise RerollRefusedError(
            RerollCode.IDENTITY_UNRESOLVABLE,
            f"the primary of {facts.target} was released, and no usable grouping identity is kept of it",
            cure="materialise takes for this cell: a first take is named anew",
        )
    return name


def _refusals(facts: RerollFacts) -> Iterator[RerollRefusedError]:
    """Every refusal in order, each looked for only when it is asked for."""
    if not facts.target:
        yield RerollRefusedError(
            RerollCode.PREFLIGHT_REQUIRED,
            "no beat was named to be rerolled",
            cure="name one: recoil take reroll EPISODE BEAT",
        )
    yield from _without_good_takes(facts)
    yield from _not_one_beat(facts)
    if not facts.uses_kept_identity:
        yield from _other_shots(facts)
    yield from _other_references(facts)
    yield from _name_taken(facts)


def _without_good_takes(facts: RerollFacts) -> Iterator[RerollRefusedError]:
    code = RerollCode.REQUIRES_SUCCEEDED_PRIMARY
    cure = "materialise takes for this cell"
    if not facts.scene_found:
        yield RerollRefusedError(
            code, f"there is no scene with the shots of {facts.target}", cure="see recoil scene list"
        )
    if not facts.uses_kept_identity and not _is_healthy(facts.primary):
        primary = facts.primary
        if primary is None:
            why = "has no primary take"
        elif not primary.succeeded:
            why = "has a primary take that did not succeed"
        else:
            why = f"has a primary take whose media is missing ({primary.file_name})"
        yield RerollRefusedError(code, f"{facts.target} {why}", cure=cure)
    missing = [item.beat_id for item in facts.siblings if item.succeeded and not item.media_present]
    if missing:
        yield RerollRefusedError(
            code, f"the media of other takes of the scene is missing: {', '.join(missing)}", cure=cure
        )


def _not_one_beat(facts: RerollFacts) -> Iterator[RerollRefusedError]:
    code = RerollCode.REQUIRES_SINGLE_BEAT
    if facts.matching_beats != 1:
        yield RerollRefusedError(
            code, f"{facts.target} means {facts.matching_beats} beats, not one", cure="name a single beat"
        )
    if not facts.topology_unchanged:
        yield RerollRefusedError(
            code,
            f"the scene of {facts.target} has other beats than the plan asks for",
            cure="conform the scene, or restore the plan",
        )
    if len(facts.shot_ids) > MOST_SHOTS:
        yield RerollRefusedError(
            code,
            f"{facts.target} has {len(facts.shot_ids)} shots; a take has at most {MOST_SHOTS}",
            cure="name a smaller beat",
        )
    if waiting := [item.beat_id for item in facts.siblings if item.would_be_dispatched]:
        yield RerollRefusedError(
            code,
            f"other beats of the scene would be rendered too: {', '.join(waiting)}",
            cure="materialise takes for this cell first",
        )


def _other_shots(facts: RerollFacts) -> Iterator[RerollRefusedError]:
    primary = facts.primary
    made_of = parse_file_name(primary.file_name) if primary else None
    if made_of is None or made_of.shot_ids != facts.shot_ids:
        before = ", ".join(made_of.shot_ids) if made_of else "shots that its file name does not tell"
        yield RerollRefusedError(
            RerollCode.SEGMENT_DRIFT,
            f"the primary of {facts.target} is of {before}; the beat has {', '.join(facts.shot_ids) or 'none'}",
            cure="materialise takes for this cell: the beat is another one now",
        )


def _other_references(facts: RerollFacts) -> Iterator[RerollRefusedError]:
    drifted = [item.beat_id for item in facts.siblings if _has_drifted(item)]
    if not facts.uses_kept_identity and facts.primary is not None:
        if facts.fingerprint is None or facts.fingerprint != facts.primary.fingerprint:
            drifted.insert(0, facts.target)
    elif facts.fingerprint is None:
        drifted.insert(0, facts.target)
    if drifted:
        yield RerollRefusedError(
            RerollCode.REFS_DRIFTED,
            f"references are no longer what takes were made from, or can not be read: {', '.join(drifted)}",
            cure="restore them; or materialise takes for this cell, after recoil take unapprove where a take is "
            "approved",
        )


def _name_taken(facts: RerollFacts) -> Iterator[RerollRefusedError]:
    code = RerollCode.COLLISION
    try:
        episode_number(facts.episode)
    except UsageError as error:
        yield RerollRefusedError(code, f"{error.message} to name a take by", cure=error.cure)
    name = _take_name(facts)
    names = (build_file_name(name), build_legacy_file_name(name)) if name else ()
    if taken := [item for item in names if item in facts.taken_names]:
        yield RerollRefusedError(
            code,
            f"the new take's file exists already: {', '.join(taken)}",
            cure="move it out of the project; takes are never overwritten",
        )


def _take_name(facts: RerollFacts) -> TakeName | None:
    """What the new take is called: after the primary's file, else after the identity kept; None for neither."""
    made_of: TakeName | KeptIdentity | None = facts.kept_identity
    if not facts.uses_kept_identity:
        made_of = parse_file_name(facts.primary.file_name) if facts.primary else None
    if made_of is None:
        return None
    try:
        return TakeName(
            episode=facts.episode,
            strategy=made_of.strategy,
            ordinal=made_of.ordinal,
            shot_ids=facts.shot_ids or made_of.shot_ids,
            take=facts.take,
        )
    except ValueError:  # pydantic's, of what can not be named
        return None


def _is_healthy(primary: PrimaryFacts | None) -> bool:
    return primary is not None and primary.succeeded and primary.media_present


def _has_drifted(beat: BeatFacts) -> bool:
    return beat.succeeded and beat.fingerprint != beat.kept_fingerprint
