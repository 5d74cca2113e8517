"""Opening attempts: numbering, naming and pricing one generation before it is dispatched."""

from dataclasses import dataclass

from recoil_assets.domain.attempt import Attempt, AttemptIntent, AttemptKind
from recoil_assets.domain.cell import Cell
from recoil_assets.domain.digest import digest_of, short
from recoil_assets.domain.errors import BlockedError, PayloadBuildError, UsageError
from recoil_assets.domain.naming import TakeName, build_file_name, build_legacy_file_name
from recoil_assets.domain.reference import Reference
from recoil_assets.domain.request import GenerationRequest
from recoil_assets.domain.scene import Beat, SceneManifest
from recoil_assets.production.cell_work import CellWork
from recoil_assets.production.ports import SentReference
from recoil_assets.production.requests import rate_of
from recoil_assets.production.studio import Studio


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One generation to be made: what, for which beat, from which version."""

    kind: AttemptKind
    beat: Beat
    request: GenerationRequest
    manifest: SceneManifest
    board_digest: str = ""


def open_intent(work: CellWork, order: Order, earlier: tuple[Attempt, ...]) -> AttemptIntent:
    """The intent of the next attempt, under a number and a file name nothing else has.

    Raises:
        PayloadBuildError: the model can not make it.
        BlockedError: the model has no known rate and the settings allow none.
    """
    studio, beat = work.studio, order.beat
    rate = rate_of(studio, beat, order.request.model)
    quoted = studio.estimate(order.request, rate)
    usd = quoted.usd
    if usd is None:
        raise PayloadBuildError(
            f"beat {beat.beat_id}: {rate.model} {quoted.refusal}",
            cure="choose another model, or change the shots",
        )
    number = max((attempt.intent.number for attempt in earlier), default=0) + 1
    number, media_path = _free_name(studio, work.cell, order, number)
    return AttemptIntent(
        attempt_id=_attempt_id(work.cell, order, number),
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
        fingerprint=order.request.fingerprint,
        board_digest=order.board_digest,
        provider=studio.provider_of(rate).name,
        estimate_usd=usd,
        price_source=quoted.source,
        price_entry=digest_of(rate),
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


def _attempt_id(cell: Cell, order: Order, number: int) -> str:
    """The id of an attempt, and with it its place in the journal: beat and take number."""
    return f"{cell.episode}.{order.kind}.{order.beat.shot_set[:24]}.{number:04d}"


def _free_name(studio: Studio, cell: Cell, order: Order, number: int) -> tuple[int, str]:
    """The next number whose file name is free, and now this attempt's: other beats may share the stem."""
    while True:
        name, *others = _names(cell, order, number)
        taken = any(studio.media.path(path).exists() for path in (name, *others))
        if not taken and studio.media.claim(name, _attempt_id(cell, order, number)):
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
    folder = f"media/takes/{cell.episode}"
    try:
        legacy = [f"{folder}/{build_legacy_file_name(name)}"]
    except UsageError:
        legacy = []
    return [f"{folder}/{build_file_name(name)}", *legacy]
