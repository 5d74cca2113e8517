"""Rerolls: one new take of one beat, because a person asked for exactly that.

Everything that forbids it is looked for before anything is written, and again at the moment of spending. A
reroll is one attempt and never a loop; the order it answers is kept with it, so that the same run, carried out
again, sends nothing again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import PurePosixPath

from recoil_assets.domain.attempt import Attempt, AttemptIntent
from recoil_assets.domain.cell import Cell
from recoil_assets.domain.diagnosis.classify import classify
from recoil_assets.domain.digest import digest_of
from recoil_assets.domain.errors import BlockedError, RecoilError, UsageError
from recoil_assets.domain.failure import FailureFacts
from recoil_assets.domain.naming import TakeName
from recoil_assets.domain.reroll import (
    BeatFacts,
    KeptIdentity,
    PrimaryFacts,
    RerollFacts,
    check_reroll,
)
from recoil_assets.domain.retry.case import Case
from recoil_assets.domain.retry.change import CostTier, RequestChange, SetSeed, StrategyName, apply_changes
from recoil_assets.domain.retry.strategies import STRATEGIES
from recoil_assets.domain.retry.strategy import RequestStrategy
from recoil_assets.domain.scene import Beat, SceneBody
from recoil_assets.domain.settings import Choices
from recoil_assets.domain.take import BeatStanding, beat_standing
from recoil_assets.domain.take_approval import (
    BeatDecisions,
    last_choice,
    last_decision,
    ordered_primary,
    require_no_other_approved,
)
from recoil_assets.production.attempts import Overlay, next_number, take_folder
from recoil_assets.production.beat_takes import adoptable, beats_named, ordered, read_decisions
from recoil_assets.production.carrying_out import unsettled
from recoil_assets.production.cell_work import CellWork, Reroll
from recoil_assets.production.offers import price_of, quotes_of
from recoil_assets.production.payloads import BeatPayload, cell_payloads
from recoil_assets.production.planned_scene import planned_scene
from recoil_assets.production.rendering import (
    BeatWork,
    Slate,
    attempt_once,
    choose,
    require_gates,
    require_taken,
)
from recoil_assets.production.retries import failure_facts
from recoil_assets.production.studio import Studio


@dataclass(frozen=True, slots=True)
class Scene:
    """A cell's active version with its requests, and the beats that the plan asks for; None for a void cell."""

    cell: Cell
    body: SceneBody
    payloads: tuple[BeatPayload, ...]
    choices: Choices
    planned: SceneBody | None


@dataclass(frozen=True, slots=True)
class Rerollable:
    """A reroll that nothing forbids so far.

    Attributes:
        usd: the most it may cost, USD.
    """

    payload: BeatPayload
    name: TakeName
    changes: tuple[RequestChange, ...]
    usd: Decimal


def scene_of(studio: Studio, episode: str, beat: str) -> Scene | None:
    """The scene that a named beat is in, as the runs before built its requests; ``None`` where there is none."""
    found = beats_named(studio, episode, beat)
    roster = studio.rosters.get(episode)
    if found is None or roster is None:
        return None
    cell, body = found.cell, found.body
    choices, group = studio.cell_choices(cell), roster.group(cell.batch)
    planned = None if group is None else planned_scene(studio, cell, group, studio.scenes.manifest(cell))
    return Scene(cell, body, cell_payloads(studio, body, choices), choices, planned)


def check(studio: Studio, episode: str, scene: Scene | None, reroll: Reroll) -> Rerollable:
    """Everything that decides about a reroll but gates and caps. Reads only.

    Raises:
        RerollRefusedError: the first refusal of the table that applies.
        BlockedError: ``take_approved``, where a success could not become the primary as ordered.
        UsageError: the strategy has nothing to change about the request, or nobody knows what it would cost.
    """
    name = check_reroll(_facts(studio, episode, scene, reroll))
    if scene is None:
        raise UsageError(f"{episode} has no beat {reroll.beat!r}", cure=f"see recoil take list {episode}")
    payload = next(item for item in scene.payloads if item.beat in _meant(scene, reroll))
    decisions = read_decisions(studio, episode, payload.beat)
    if reroll.make_primary:
        require_no_other_approved(decisions)
    changes = _changes(studio, payload, decisions, reroll, name.take)
    usd = price_of(studio, apply_changes(payload.request, changes))
    if usd is None:
        raise UsageError(
            f"nobody can make {payload.beat.beat_id} with these changes, or knows the price",
            cure="choose another strategy",
        )
    return Rerollable(payload, name, changes, usd)


def require_reroll(
    work: CellWork, reroll: Reroll, body: SceneBody, payloads: tuple[BeatPayload, ...]
) -> None:
    """Refuse what may not be rerolled; nothing where this order was carried out before."""
    scene = _scene_here(work, reroll, body, payloads)
    meant = _meant(scene, reroll) if scene else ()
    if len(meant) == 1 and _is_made(work, read_decisions(work.studio, work.cell.episode, meant[0]), payloads):
        return
    check(work.studio, work.cell.episode, scene, reroll)


async def reroll_beat(beat: BeatWork, reroll: Reroll) -> Slate:
    """Make the one new take that a person ordered. The primary stays, unless they said otherwise or there is none.

    A take that was ordered to become the primary by a run that ended too early becomes it in place of this order: the
    order may be the same one given again, and would be paid for again.

    Raises:
        RerollRefusedError, BlockedError: it may not be made; or it was, and the beat still has a stale primary.
        UnsettledError: an attempt at the beat is open.
        RecoilError: it was made, and failed. There is no second attempt.
    """
    work = beat.work
    with work.studio.locks.beat(work.cell.episode, beat.beat.shot_set):
        decisions = beat.decisions()
        attempt = _answer(work, decisions)
        if attempt is None and (waiting := ordered(work.studio, decisions, beat.payload)) is not None:
            work.studio.note("reroll_taken_up", attempt_id=waiting.attempt_id, beat_id=beat.beat.beat_id)
            return await work.lanes.work(choose, work, beat.beat, waiting)
        if attempt is None:
            if any(item.is_open for item in decisions.takes.attempts):
                raise unsettled(f"beat {beat.beat.beat_id}", decisions.takes.attempts)
            attempt = await _make(beat, reroll, decisions)
        if attempt.is_open:
            raise unsettled(f"beat {beat.beat.beat_id}", [attempt])
        require_taken(beat, attempt)
        if not attempt.succeeded:
            raise RecoilError(
                f"the reroll of {beat.beat.beat_id} failed (take {attempt.intent.number}): {attempt.error}",
                cure="the primary is as it was; look at the reason, then order another reroll",
            )
        wanted = ordered_primary(beat.decisions())
        if wanted is not None and wanted.attempt_id == attempt.attempt_id:
            return await work.lanes.work(choose, work, beat.beat, attempt)
        return _stands(beat)


async def slate_beside(beat: BeatWork) -> Slate:
    """Another beat of a cell in which one is rerolled: as it is, for nothing is rendered but what was named."""
    return await beat.work.lanes.work(_stands, beat)


async def _make(beat: BeatWork, reroll: Reroll, decisions: BeatDecisions) -> Attempt:
    work = beat.work
    episode = work.cell.episode

    def checked() -> Rerollable:
        return check(work.studio, episode, _scene_here(work, reroll, beat.body, _payloads(beat)), reroll)

    found = await work.lanes.work(checked)
    await work.lanes.work(require_gates, work, beat.manifest, beat.body)
    becomes_primary = reroll.make_primary or decisions.takes.primary is None
    overlay = Overlay(
        changes=found.changes,
        note=reroll.note,
        reroll=work.options.root_run_id,
        replaces=last_choice(decisions) if becomes_primary else None,
        decided=last_decision(decisions) if becomes_primary else 0,
        name=found.name,
    )

    def still_allowed(intent: AttemptIntent) -> None:
        scene = _scene_here(work, reroll, beat.body, _payloads(beat))
        check_reroll(_facts(work.studio, episode, scene, reroll, take=intent.number))

    work.studio.note(
        "reroll_requested",
        episode=episode,
        batch=work.cell.batch,
        beat_id=beat.beat.beat_id,
        take=found.name.take,
        strategies=[change.strategy for change in found.changes],
        note=reroll.note,
    )
    return await attempt_once(beat, decisions.takes.attempts, overlay, before_sending=still_allowed)


def _stands(beat: BeatWork) -> Slate:
    """The beat with its primary; ``BlockedError`` where that is not of its present request."""
    takes = beat.decisions().takes
    if beat.standing(takes) is BeatStanding.CURRENT and takes.primary is not None:
        return Slate(beat.beat, takes.primary)
    raise BlockedError(
        "primary_not_current",
        f"the primary of {beat.beat.beat_id} is not a take of its present request, and stays as it is",
        cure="choose a take that is (recoil take list, recoil take primary), or materialise takes for this cell; "
        "an approval has to be taken back first: recoil take unapprove",
    )


def _answer(work: CellWork, decisions: BeatDecisions) -> Attempt | None:
    """The attempt that answers this order already, as far as anything was sent for it."""
    order = work.options.root_run_id
    return next(
        (item for item in decisions.takes.attempts if item.intent.reroll == order and item.was_sent), None
    )


def _is_made(work: CellWork, decisions: BeatDecisions, payloads: Sequence[BeatPayload]) -> bool:
    """Whether a take answers this order already, or an earlier one that is to be taken up first."""
    payload = next(item for item in payloads if item.beat.shot_set == decisions.shot_set)
    return (_answer(work, decisions) or ordered(work.studio, decisions, payload)) is not None


def _payloads(beat: BeatWork) -> tuple[BeatPayload, ...]:
    return cell_payloads(beat.work.studio, beat.body, beat.work.choices)


def _scene_here(
    work: CellWork, reroll: Reroll, body: SceneBody, payloads: tuple[BeatPayload, ...]
) -> Scene | None:
    """The cell being worked on, where the named beat is one of its own."""
    scene = Scene(work.cell, body, payloads, work.choices, work.planned_body())
    return scene if not reroll.beat or _meant(scene, reroll) else None


def _meant(scene: Scene, reroll: Reroll) -> tuple[Beat, ...]:
    """The beats of the scene that are meant by the name: one by its id, or all of a batch."""
    named = tuple(beat for beat in scene.body.beats if beat.beat_id == reroll.beat)
    return named or (scene.body.beats if reroll.beat == scene.cell.batch else ())


def _facts(
    studio: Studio, episode: str, scene: Scene | None, reroll: Reroll, *, take: int = 0
) -> RerollFacts:
    """What decides about the reroll. Where a name means several beats the first stands for them.

    Args:
        take: the number that the take was given already; 0 where it is still to be found.
    """
    meant = _meant(scene, reroll) if scene and reroll.beat else ()
    if scene is None or not meant:
        return RerollFacts(target=reroll.beat, episode=episode, scene_found=False)
    beat, payloads = meant[0], {item.beat.shot_set: item for item in scene.payloads}
    decisions = read_decisions(studio, episode, beat)
    choice, primary = decisions.choice, decisions.takes.primary
    identity = choice.identity if choice else None
    planned = [item.shot_set for item in scene.planned.beats] if scene.planned else []
    return RerollFacts(
        target=reroll.beat,
        episode=episode,
        matching_beats=len(meant),
        topology_unchanged=planned == [item.shot_set for item in scene.body.beats],
        shot_ids=beat.shot_ids,
        primary=None
        if primary is None
        else PrimaryFacts(
            succeeded=primary.succeeded,
            media_present=decisions.takes.primary_media_present,
            file_name=PurePosixPath(primary.intent.media_path).name,
            fingerprint=primary.intent.fingerprint,
        ),
        cleared_stale=choice is not None and choice.is_release,
        kept_identity=None
        if identity is None
        else KeptIdentity(strategy=identity.strategy, ordinal=identity.ordinal, shot_ids=identity.shot_ids),
        fingerprint=_fingerprint(payloads[beat.shot_set]),
        siblings=tuple(
            _sibling(studio, episode, payloads[item.shot_set], scene.choices)
            for item in scene.body.beats
            if item not in meant
        ),
        take=take or next_number(studio, scene.cell, beat, decisions.takes.attempts),
        taken_names=_names_in(studio, scene.cell),
    )


def _sibling(studio: Studio, episode: str, payload: BeatPayload, choices: Choices) -> BeatFacts:
    decisions = read_decisions(studio, episode, payload.beat)
    takes, primary = decisions.takes, decisions.takes.primary
    standing = beat_standing(takes, basis=payload.basis, max_takes=choices.max_takes)
    to_render = standing is BeatStanding.RENDER and adoptable(studio, takes, payload) is None
    return BeatFacts(
        beat_id=payload.beat.beat_id,
        succeeded=primary is not None and primary.succeeded,
        media_present=takes.primary_media_present,
        would_be_dispatched=to_render and not decisions.approved,
        kept_fingerprint=primary.intent.fingerprint if primary else "",
        fingerprint=_fingerprint(payload),
    )


def _fingerprint(payload: BeatPayload) -> str | None:
    """Of the references now; None where one of them can not be read."""
    broken = any(item.fault for item in payload.request.all_references)
    return None if broken else payload.request.fingerprint


def _names_in(studio: Studio, cell: Cell) -> frozenset[str]:
    """Names of the files that are where the episode's takes are."""
    folder = studio.media.path(take_folder(cell))
    return frozenset(path.name for path in folder.iterdir()) if folder.is_dir() else frozenset()


def _changes(
    studio: Studio, payload: BeatPayload, decisions: BeatDecisions, reroll: Reroll, take: int
) -> tuple[RequestChange, ...]:
    """What the new take changes: by the strategy, where one is named, and the seed: the given one, else a new one."""
    changes = (
        (_by_strategy(studio, payload, decisions.takes.attempts, reroll.strategy),) if reroll.strategy else ()
    )
    if reroll.seed is None and changes:
        return changes
    new = int(digest_of([payload.basis, "reroll", take])[:7], 16)
    seed = SetSeed(seed=new if reroll.seed is None else reroll.seed)
    reseeded = RequestChange(strategy=StrategyName.RESEED, cost_tier=CostTier.SAME, steps=(seed,))
    return (*changes, reseeded)


def _by_strategy(
    studio: Studio, payload: BeatPayload, attempts: Sequence[Attempt], name: StrategyName
) -> RequestChange:
    """The change of a strategy that a person chose, for the last failure where there is one."""
    strategy = next((item for item in STRATEGIES if item.name is name), None)
    if not isinstance(strategy, RequestStrategy):
        raise UsageError(
            f"{name} changes no request; it asks a person",
            cure="name a strategy such as reseed, soften_prompt or another_model",
        )
    failed = [item for item in attempts if item.was_sent and not item.is_open and not item.succeeded]
    facts = failure_facts(failed[-1]) if failed else FailureFacts()
    case = Case(
        failure=classify(facts),
        base=payload.request,
        tried=(),
        quotes=quotes_of(studio),
        softening=studio.softening,
    )
    if strategy.changed(case) is None:
        raise UsageError(
            f"{name} has nothing to change about {payload.beat.beat_id}", cure="choose another strategy"
        )
    return strategy.diff(case)
