"""Opening attempts: numbering, naming and pricing one generation before it is dispatched."""

from dataclasses import dataclass

from recoil_assets.domain.attempt import Attempt, AttemptIntent, AttemptKind
from recoil_assets.domain.cell import Cell
from recoil_assets.domain.digest import short
from recoil_assets.domain.errors import BlockedError, PayloadBuildError, UsageError
from recoil_assets.domain.naming import TakeName, build_file_name, build_legacy_file_name
from recoil_assets.domain.reference import Reference
from recoil_assets.domain.request import GenerationRequest
from recoil_assets.domain.reroll import RerollCode, RerollRefusedError
from recoil_assets.domain.retry.change import RequestChange, apply_changes
from recoil_assets.domain.scene import Beat, SceneManifest
from recoil_assets.production.cell_work import CellWork
from recoil_assets.production.ports import SentReference
from recoil_assets.production.requests import rate_of
from recoil_assets.production.studio import Studio


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """What an attempt lays over the request it is made from: it is recorded beside it, and no part of the basis.

    Attributes:
        replaces, decided: as on the intent: for a take that is ordered to become the primary.
        name: the name and number a reroll is forced to have; None counts on.
    """

    changes: tuple[RequestChange, ...] = ()
    note: str = ""
    reroll: str = ""
    replaces: int | None = None
    decided: int = 0
    name: TakeName | None = None


PLAIN = Overlay()
"""Nothing: the request as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One generation to be made: what, for which beat, from which version."""

    kind: AttemptKind
    beat: Beat
    request: GenerationRequest
    manifest: SceneManifest
    board_digest: str = ""
    overlay: Overlay = PLAIN


def open_intent(work: CellWork, order: Order, earlier: tuple[Attempt, ...]) -> AttemptIntent:
    """The intent of the next attempt, under a number and a file name nothing else has.

    Raises:
        PayloadBuildError: the model can not make it.
        BlockedError: the model has no known rate and the settings allow none.
        RerollRefusedError: ``reroll_collision``, where the name it is forced to have is another's.
    """
    studio, beat = work.studio, order.beat
    sent = apply_changes(order.request, order.overlay.changes)
    rate = rate_of(studio, beat, sent.model)
    quoted = studio.estimate(sent, rate)
    usd = quoted.usd
    if usd is None:
        raise PayloadBuildError(
            f"beat {beat.beat_id}: {rate.model} {quoted.refusal}",
            cure="choose another model, or change the shots",
        )
    number, media_path = _name_of(studio, work.cell, order, earlier)
    return AttemptIntent(
        attempt_id=_attempt_id(work.cell, order.kind, beat, number),
        kind=order.kind,
        number=number,
        project=studio.journal.booked_as(studio.name),
        episode=work.cell.episode,
        batch=work.cell.batch,
        scene_version=order.manifest.active,
        scene_digest=order.manifest.active_version.digest,
        beat_id=beat.beat_id,
        shot_set=beat.shot_set,
        request=order.request,
        basis=order.request.digest,
        changes=order.overlay.changes,
        note=order.overlay.note,
        reroll=order.overlay.reroll,
        replaces=order.overlay.replaces,
        decided=order.overlay.decided,
        fingerprint=order.request.fingerprint,
        board_digest=order.board_digest,
        provider=studio.provider_of(rate).name,
        estimate_usd=usd,
        price_source=quoted.source,
        price_entry=rate.digest,
        media_path=media_path,
        run_id=work.options.run_id,
        root_run_id=work.options.root_run_id,
        created_at=studio.clock.now(),
    )


def read_references(studio: Studio, request: GenerationRequest) -> list[SentReference]:
    """The bytes of every reference of a request, read once.

    Raises:
        BlockedError: ``ref_integrity_blocked``, listing every broken one with its cure.
    """
    broken = [item for item in request.all_references if item.fault]
    if broken:
        raise BlockedError(
            "ref_integrity_blocked",
            "reference images that can not be used: "
            + "; ".join(f"{item.path} {item.fault}" for item in broken),
            cure="; ".join(dict.fromkeys(item.cure for item in broken)),
        )
    return [studio.references.read(item) for item in request.all_references if not item.is_url]


def faults_of(references: tuple[Reference, ...]) -> list[str]:
    """One sentence a broken reference."""
    return [f"{item.path} {item.fault} ({item.cure})" for item in references if item.fault]


def _attempt_id(cell: Cell, kind: AttemptKind, beat: Beat, number: int) -> str:
    """The id of an attempt, and with it its place in the journal: beat and take number."""
    return f"{cell.episode}.{kind}.{beat.shot_set[:24]}.{number:04d}"


def next_number(studio: Studio, cell: Cell, beat: Beat, earlier: tuple[Attempt, ...]) -> int:
    """The number that the next take of a beat is forced to have: after all of its own, and of those of its stem."""
    number = max((attempt.intent.number for attempt in earlier), default=0) + 1
    identity = beat.grouping
    while True:
        name = TakeName(
            episode=cell.episode,
            strategy=identity.strategy,
            ordinal=identity.ordinal,
            shot_ids=beat.shot_ids,
            take=number,
        )
        path = f"{take_folder(cell)}/{build_file_name(name)}"
        if studio.media.is_free_for(path, _attempt_id(cell, "take", beat, number)):
            return number
        number += 1


def take_folder(cell: Cell) -> str:
    """Where the media of an episode's takes are, relative to the project."""
    return f"media/takes/{cell.episode}"


def _name_of(studio: Studio, cell: Cell, order: Order, earlier: tuple[Attempt, ...]) -> tuple[int, str]:
    """Number and media path of the next attempt: the forced ones, else the next that are free."""
    forced = order.overlay.name
    if forced is None:
        number = max((attempt.intent.number for attempt in earlier), default=0) + 1
        return _free_name(studio, cell, order, number)
    path = f"{take_folder(cell)}/{build_file_name(forced)}"
    if studio.media.path(path).exists() or not studio.media.claim(
        path, _attempt_id(cell, order.kind, order.beat, forced.take)
    ):
        raise RerollRefusedError(
            RerollCode.COLLISION,
            f"the new take's file exists already: {path}",
            cure="look again, then reroll again: it was made meanwhile",
        )
    return forced.take, path


def _free_name(studio: Studio, cell: Cell, order: Order, number: int) -> tuple[int, str]:
    """The next number whose file name is free, and now this attempt's: other beats may share the stem."""
    while True:
        name, *others = _names(cell, order, number)
        taken = any(studio.media.path(path).exists() for path in (name, *others))
        if not taken and studio.media.claim(name, _attempt_id(cell, order.kind, order.beat, number)):
            return number, name
        number += 1


def _names(cell: Cell, order: Order, number: int) -> list[str]:
    """The media path of an attempt, and the older form's, which must be free too."""
    if order.kind != "take":
        stem = f"{cell.batch}.{short(order.beat.shot_set)}.{order.kind[0]}{number:03d}"
        return [f"media/boards/{cell.episode}/{stem}.png"]
    identity = order.beat.grouping
    name = TakeName(
        episode=cell.episode,
        strategy=identity.strategy,
        ordinal=identity.ordinal,
        shot_ids=order.beat.shot_ids,
        take=number,
    )
    folder = take_folder(cell)
    try:
        legacy = [f"{folder}/{build_legacy_file_name(name)}"]
    except UsageError:
        legacy = []
    return [f"{folder}/{build_file_name(name)}", *legacy]
