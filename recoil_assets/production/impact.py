"""Impact: what an edit would cost and what approved work it would end, before it is made. Reads only.

An episode is looked at twice by the machinery that makes it: as it is, and as if the edit were made, its plan
taken in, changed scenes conformed to, and boards drawn that nobody has decided about yet. What differs is the
impact.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from recoil_assets.domain.cell import Cell
from recoil_assets.domain.grouping.group import Group
from recoil_assets.domain.impact import (
    BeatImpact,
    CellImpact,
    Change,
    EpisodeImpact,
    Impact,
    Rendering,
    TakeFate,
    TakeImpact,
    approval_fate,
    board_fate,
    scene_fate,
    take_fate,
)
from recoil_assets.domain.plan import Plan
from recoil_assets.domain.reference import Reference
from recoil_assets.domain.request import GenerationRequest
from recoil_assets.domain.roster import Roster
from recoil_assets.domain.scene import Beat, SceneBody, SceneManifest, derive_scene
from recoil_assets.domain.take import BeatTakes
from recoil_assets.production.batch_state import BatchState, future_state, present_state
from recoil_assets.production.beat_takes import adoptable, read_decisions, read_takes
from recoil_assets.production.dailies import dailies_files
from recoil_assets.production.payloads import BeatPayload, cell_references
from recoil_assets.production.plan_intake import preview_plan
from recoil_assets.production.planned_scene import planned_scene
from recoil_assets.production.studio import Studio


@dataclass(frozen=True, slots=True)
class Edit:
    """What somebody is about to change.

    Attributes:
        plans: what the plans of episodes would say.
        repainted: files that would have other bytes, resolved absolute paths.
        settings: whether ``recoil.toml`` is the edit. It is made already and nothing remembers what it said
            before, so every take is compared with the request that it was made from.
    """

    plans: tuple[Plan, ...] = ()
    repainted: frozenset[Path] = frozenset()
    settings: bool = False


def impact_of(studio: Studio, edit: Edit) -> Impact:
    """What ``edit`` makes of every episode. Writes nothing.

    Raises:
        UsageError: a plan can not be grouped as the settings say.
        InvalidPlanError: the settings are the edit, and a plan file is refused.
    """
    present = replace(studio, references=studio.references.as_if_repainted(()))
    future = replace(present, references=present.references.as_if_repainted(edit.repainted))
    plans = {plan.episode: plan for plan in edit.plans}
    known = studio.rosters.episodes()
    if edit.settings:
        plans = {name: studio.plans.read(name) for name in studio.plans.episodes() if name in known} | plans
    episodes = set(plans).union(known if edit.repainted or edit.settings else ())
    used: set[Path] = set()
    found = []
    for name in sorted(episodes):
        comparison = _Comparison(present, future, edit, name, plans.get(name))
        found.append(comparison.impact())
        used |= comparison.used()
    return Impact(episodes=tuple(item for item in found if item.cells), used=frozenset(used))


@dataclass(frozen=True, slots=True)
class _Touched:
    """A batch that the edit may change.

    Attributes:
        before, after: None where it is void, or was never derived.
        replanned: whether the plan says something else of it.
        redecided: whether another board than the present one may answer.
    """

    cell: Cell
    manifest: SceneManifest | None
    before: BatchState | None
    after: BatchState | None
    replanned: bool
    redecided: bool


@dataclass(frozen=True, slots=True)
class _Present:
    """A beat as it is: its takes, and the request they are measured by, None where none is known.

    Attributes:
        basis: digest of the request, taken once; empty where none is known.
    """

    batch: str
    beat: Beat
    request: GenerationRequest | None
    takes: BeatTakes
    basis: str

    @property
    def seen(self) -> set[tuple[str | None, str]]:
        """The shots, each by coverage pass and id, that there is a current primary of."""
        primary = self.takes.primary
        if primary is None or primary.intent.basis != self.basis:
            return set()
        return {(self.beat.grouping.source_pass_id, shot_id) for shot_id in self.beat.shot_ids}


class _Comparison:
    """One episode before and after the edit."""

    def __init__(self, present: Studio, future: Studio, edit: Edit, episode: str, plan: Plan | None) -> None:
        self._present, self._future = present, future
        self._edit = edit
        self._episode = episode
        self._was = present.rosters.get(episode)
        self._will_be = preview_plan(present, plan).roster if plan else self._was
        self._touched = list(self._find_touched())
        self._beats = {beat.beat.shot_set: beat for item in self._touched for beat in self._beats_now(item)}
        self._seen = {shot for beat in self._beats.values() for shot in beat.seen}
        self._staying = {
            beat.shot_set for item in self._touched if item.after for beat in item.after.body.beats
        }

    def impact(self) -> EpisodeImpact:
        """What the edit makes of the episode."""
        cells = [self._cell(item) for item in self._touched]
        video = dailies_files(self._present, self._episode).video
        return EpisodeImpact(
            episode=self._episode,
            cells=tuple(cell for cell in cells if cell.matters),
            batches=len(self._will_be.keys) if self._will_be else 0,
            dailies=video if video.is_file() else None,
        )

    def used(self) -> set[Path]:
        """The repainted files that the touched batches are made from."""
        if not self._edit.repainted:
            return set()
        bodies = [state.body for item in self._touched for state in (item.before, item.after) if state]
        paths = {
            reference.path
            for body in bodies
            for reference in cell_references(self._future, body)
            if not reference.is_url and not reference.fault
        }
        return {self._future.media.path(path) for path in paths} & self._edit.repainted

    def _find_touched(self) -> Iterator[_Touched]:
        """Batches that the edit may change, in story order, those that become void last."""
        was, will_be = _groups(self._was), _groups(self._will_be)
        for key in (*will_be, *(key for key in was if key not in will_be)):
            cell, replanned = Cell(self._episode, key), was.get(key) != will_be.get(key)
            manifest = self._present.scenes.manifest(cell)
            active = _active(self._present, cell, manifest, was[key]) if key in was and manifest else None
            planned = planned_scene(self._present, cell, will_be[key], manifest) if key in will_be else None
            body = planned if replanned else active
            if replanned or (active and (self._edit.settings or self._repaints(active))):
                choices = self._present.cell_choices(cell)
                before = present_state(self._present, active, choices) if active else None
                anew = replanned or (self._edit.settings and before is not None and before.board is not None)
                keeps = None if anew else before
                after = future_state(self._future, body, choices, keeps=keeps) if body else None
                yield _Touched(cell, manifest, before, after, replanned=replanned, redecided=anew)

    def _repaints(self, body: SceneBody) -> bool:
        return bool(self._edit.repainted) and (
            cell_references(self._present, body) != cell_references(self._future, body)
        )

    def _beats_now(self, item: _Touched) -> Iterator[_Present]:
        if item.before is None:
            return
        requests = {payload.beat.beat_id: payload.request for payload in item.before.payloads}
        for beat in item.before.body.beats:
            takes = read_takes(self._present, self._episode, beat)
            request = requests.get(beat.beat_id)
            if self._edit.settings:
                request = takes.primary.intent.request if takes.primary else None
            basis = request.digest if request else ""
            yield _Present(item.cell.batch, beat, request, takes, basis)

    def _cell(self, item: _Touched) -> CellImpact:
        before, after = item.before, item.after
        scene, version = scene_fate(
            item.manifest,
            before.body if before else None,
            after.body if after else None,
            replanned=item.replanned,
        )
        board = board_fate(
            before.board if before else None,
            after.board if after else None,
            required=after is not None and after.body.board_beat is not None,
            decided_anew=item.redecided,
        )
        return CellImpact(
            cell=item.cell,
            changes=tuple(self._changes(item)),
            scene=scene,
            version=version,
            board=board,
            approval=approval_fate(before.approved if before else None, after.approved if after else None),
            beats=(*self._beats_then(item), *self._beats_dropped(item)),
            board_quote=after.board_quote if after else None,
            fault=after.fault if after else "",
        )

    def _changes(self, item: _Touched) -> Iterator[Change]:
        before, after = item.before, item.after
        if before is None or after is None:
            yield Change.SCENE
            return
        if before.body is not after.body and before.body.digest != after.body.digest:
            yield Change.SCENE
        beats = [
            (known, payload.request)
            for payload in after.payloads
            if (known := self._beats.get(payload.beat.shot_set))
        ]
        pairs = [(known.request, will_be) for known, will_be in beats if known.request]
        if any(_images(was) != _images(will_be) for was, will_be in pairs) or (
            cell_references(self._present, before.body) != cell_references(self._future, after.body)
        ):
            yield Change.REFERENCES
        kept = {beat.shot_set for beat in before.body.beats} == {beat.shot_set for beat in after.body.beats}
        if not kept or any(known.request and known.basis != will_be.digest for known, will_be in beats):
            yield Change.REQUEST

    def _beats_then(self, item: _Touched) -> Iterator[BeatImpact]:
        """The beats that the batch would have."""
        if item.after is None:
            return
        payloads = {payload.beat.beat_id: payload for payload in item.after.payloads}
        for beat in item.after.body.beats:
            known = self._beats.get(beat.shot_set)
            takes = known.takes if known else read_takes(self._present, self._episode, beat)
            payload = payloads.get(beat.beat_id)
            rendering = self._rendering(known, takes, payload, item.after.to_render.get(beat.beat_id))
            if rendering and read_decisions(self._present, self._episode, beat).approved:
                rendering = Rendering.KEPT
            yield BeatImpact(
                beat_id=beat.beat_id,
                shot_ids=beat.shot_ids,
                takes=self._takes(known, takes, after=payload.basis if payload else ""),
                rendering=rendering,
                quote=payload.quote if payload and rendering in (Rendering.AGAIN, Rendering.FIRST) else None,
            )

    def _beats_dropped(self, item: _Touched) -> Iterator[BeatImpact]:
        """The beats that the batch has and nothing would have any more, where there are takes of them."""
        for beat in item.before.body.beats if item.before else ():
            known = self._beats[beat.shot_set]
            if beat.shot_set not in self._staying:
                yield BeatImpact(
                    beat_id=beat.beat_id,
                    shot_ids=beat.shot_ids,
                    takes=self._takes(known, known.takes, after=None),
                )

    def _rendering(
        self,
        known: _Present | None,
        takes: BeatTakes,
        payload: BeatPayload | None,
        to_render: BeatPayload | None,
    ) -> Rendering:
        """Whether the edit leaves a beat without a take of its request; what it does not change is not asked."""
        if payload is None or (known and known.basis == payload.basis):
            return Rendering.NONE
        if known and self._edit.settings and known.request is None:
            return Rendering.NONE
        if to_render is not None and _has_take(self._present, takes, to_render):
            return Rendering.NONE
        shots = {(payload.beat.grouping.source_pass_id, shot_id) for shot_id in payload.beat.shot_ids}
        return Rendering.AGAIN if shots & self._seen else Rendering.FIRST

    def _takes(
        self, known: _Present | None, takes: BeatTakes, *, after: str | None
    ) -> tuple[TakeImpact, ...]:
        """Every succeeded take of a beat; ``after`` is the digest of its request then, None where it is no more."""
        primary_id = takes.primary.attempt_id if takes.primary else ""
        in_main = known is not None and self._was is not None and known.batch in self._was.main_keys
        before = known.basis if known else ""
        return tuple(
            TakeImpact(
                attempt_id=attempt.attempt_id,
                number=attempt.intent.number,
                primary=attempt.attempt_id == primary_id,
                in_cut=in_main and attempt.attempt_id == primary_id,
                fate=TakeFate.DROPPED
                if after is None
                else take_fate(attempt.intent.basis, before=before, after=after),
            )
            for attempt in takes.attempts
            if attempt.succeeded
        )


def _groups(roster: Roster | None) -> Mapping[str, Group]:
    """The group behind every live key, in story order."""
    return {entry.batch: entry.group for entry in roster.batches} if roster else {}


def _active(studio: Studio, cell: Cell, manifest: SceneManifest, group: Group) -> SceneBody:
    """The cell's active version; read only where it is not what the plan says."""
    planned = derive_scene(cell.episode, cell.batch, group)
    digest = manifest.active_version.digest
    return planned if planned.digest == digest else studio.scenes.body(cell, digest)


def _has_take(studio: Studio, takes: BeatTakes, payload: BeatPayload) -> bool:
    """Whether there is a take of exactly this request, chosen or to be chosen without a new attempt."""
    primary = takes.primary
    if primary is not None and primary.intent.basis == payload.basis:
        return True
    return adoptable(studio, takes, payload) is not None


def _images(request: GenerationRequest) -> set[Reference]:
    """The images of a request, its board apart."""
    return {reference for reference in request.all_references if reference.role != "board"}
