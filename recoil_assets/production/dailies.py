"""Dailies: the episode as a producer watches it, cut from the primary takes in story order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from recoil_assets.domain.attempt import Attempt
from recoil_assets.domain.cell import Cell
from recoil_assets.domain.cut import Cut, CutClip
from recoil_assets.domain.digest import short
from recoil_assets.domain.drift import drifted_parts
from recoil_assets.domain.errors import BlockedError, UsageError
from recoil_assets.domain.roster import Roster
from recoil_assets.production.beat_takes import read_decisions, read_takes
from recoil_assets.production.gates import require_manifest
from recoil_assets.production.payloads import BeatPayload, cell_payloads
from recoil_assets.production.rendering import Slate
from recoil_assets.production.studio import Studio
from recoil_assets.production.takes import takes_version


@dataclass(frozen=True, slots=True)
class DailiesFiles:
    """What dailies consist of: absolute paths, all in one folder."""

    video: Path
    timeline: Path
    edit_list: Path
    contact_sheet: Path

    @property
    def complete(self) -> bool:
        """Whether every file is there."""
        return all(path.is_file() for path in (self.video, self.timeline, self.edit_list, self.contact_sheet))


def dailies_files(studio: Studio, episode: str) -> DailiesFiles:
    """Where an episode's dailies are."""
    folder = studio.media.path(f"dailies/{episode}")
    return DailiesFiles(
        video=folder / f"{episode}.mp4",
        timeline=folder / f"{episode}.otio",
        edit_list=folder / f"{episode}.edl",
        contact_sheet=folder / f"{episode}.contact_sheet.png",
    )


def assemble_cut(studio: Studio, episode: str, recorded_takes: Mapping[str, str]) -> Cut:
    """The cut of an episode: every primary of the main grouping in story order, stale ones labelled.

    Args:
        recorded_takes: data version of the ``takes`` record by batch key.

    Raises:
        UsageError: the episode has no plan taken in.
        BlockedError: ``takes_missing``, listing every batch that has none; ``upstream_changed`` where a record
            is not what is on disk; ``media_altered`` where a file is not the one that was fetched;
            ``nothing_to_cut`` where the main grouping has no batch.
    """
    roster = studio.rosters.get(episode)
    if roster is None:
        raise UsageError(f"{episode} has no plan taken in", cure=f"materialise plans for {episode}")
    if not roster.main_keys:
        raise BlockedError(
            "nothing_to_cut",
            f"the {roster.grouping} grouping of {episode} has no batch: there is nothing to cut",
            cure=f"put shots into the plan, or choose another grouping, then materialise plans for {episode}",
        )
    missing = [key for key in roster.main_keys if key not in recorded_takes]
    if missing:
        raise BlockedError(
            "takes_missing",
            f"{episode} has no takes yet for {', '.join(missing)}",
            cure="see to what those cells await, as their own checks say, then materialise dailies",
        )
    plan = studio.plans.read(episode)
    choices = studio.choices(episode)
    clips = [clip for key in roster.main_keys for clip in _clips(studio, roster, key, recorded_takes[key])]
    width, height = choices.frame_size
    return Cut(
        episode=episode,
        title=plan.title or episode,
        fps=choices.fps,
        width=width,
        height=height,
        clips=tuple(clips),
    )


def lacking_of(cut: Cut, pending: Sequence[str]) -> str:
    """Why a cut is not the episode as its plan says now, and the cure; empty where it is.

    Args:
        pending: what keeps the episode from being cleanly derived, one sentence a batch.
    """
    stale = [clip.batch for clip in cut.clips if clip.stale]
    kept = [clip.beat_id for clip in cut.clips if clip.stale and clip.approved]
    said = (
        [f"stale: {len(stale)} of {len(cut.clips)} clips ({', '.join(dict.fromkeys(stale))})"]
        if stale
        else []
    )
    if not pending and not said:
        return ""
    if pending:
        cure = f"materialise plans, scene_versions and boards for {cut.episode}, and decide what they await"
    elif kept:
        cure = (
            f"nothing renders an approved take again unasked ({', '.join(kept)}): leave it, or take the approval "
            f"back with recoil take unapprove {cut.episode} {kept[0]}"
        )
    else:
        cure = f"materialise takes for {cut.episode}"
    return f"the cut is not what the plan says now: {'; '.join([*pending, *said])} — {cure}"


def make_dailies(studio: Studio, cut: Cut) -> DailiesFiles:
    """Write the video, the timeline with its edit list, and the contact sheet of a cut."""
    files = dailies_files(studio, cut.episode)
    files.video.parent.mkdir(parents=True, exist_ok=True)
    studio.editorial.assemble(cut, files.video)
    studio.editorial.write_timeline(cut, files.timeline)
    studio.editorial.draw_contact_sheet(cut, files.contact_sheet)
    return files


def _clips(studio: Studio, roster: Roster, batch: str, recorded: str) -> list[CutClip]:
    cell = Cell(roster.episode, batch)
    manifest = require_manifest(studio, cell)
    body = studio.scenes.body(cell, manifest.active_version.digest)
    found: list[Slate] = []
    for beat in body.beats:
        takes = read_takes(studio, roster.episode, beat)
        if takes.primary is None or not studio.media.present(takes.primary.intent.media_path):
            raise BlockedError(
                "takes_missing",
                f"beat {beat.beat_id} of {cell} has no playable primary",
                cure="materialise takes for this cell, then dailies",
            )
        slate = Slate(beat, takes.primary)
        _check_media(studio, slate)
        found.append(slate)
    if takes_version(found) != recorded:
        raise BlockedError(
            "upstream_changed",
            f"the takes of {cell} are not what was recorded ({short(recorded)})",
            cure="materialise takes for this cell, then dailies",
        )
    current = {
        payload.beat.beat_id: payload for payload in cell_payloads(studio, body, studio.cell_choices(cell))
    }
    return [_clip(studio, slate, current[slate.beat.beat_id]) for slate in found]


def _check_media(studio: Studio, slate: Slate) -> None:
    """Refuse a file that is not the take's own: nobody judges a take by a picture it never had."""
    path = slate.attempt.intent.media_path
    if not studio.media.holds(path, slate.sha256):
        raise BlockedError(
            "media_altered",
            f"{path} is not the file that was fetched for take {slate.attempt.intent.number} of "
            f"{slate.beat.beat_id}",
            cure="restore it from a backup, or delete it and materialise takes to fetch it again",
        )


def _clip(studio: Studio, slate: Slate, payload: BeatPayload) -> CutClip:
    intent, beat = slate.attempt.intent, slate.beat
    decisions = read_decisions(studio, intent.episode, beat)
    return CutClip(
        beat_id=beat.beat_id,
        batch=beat.batch,
        shot_ids=beat.shot_ids,
        shot_durations_s=tuple(shot.duration_s for shot in beat.shots),
        media_path=intent.media_path,
        media_sha256=slate.sha256,
        duration_s=studio.editorial.seconds(studio.media.path(intent.media_path)),
        take_number=intent.number,
        attempt_id=intent.attempt_id,
        tag=beat.tag,
        modality=beat.modality,
        stale=intent.basis != payload.basis,
        approved=slate.attempt in decisions.approved,
        newer=_newer(decisions.latest, intent.number),
        newer_approved=_newer(decisions.latest_approved, intent.number),
        drift=drifted_parts(intent.request, payload.request),
        provider=intent.provider,
        model=intent.sent.model,
        cost_usd=slate.attempt.cost_usd,
    )


def _newer(take: Attempt | None, than: int) -> int:
    """The number of a take that is a newer one; else 0."""
    return take.intent.number if take and take.intent.number > than else 0
