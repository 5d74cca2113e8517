"""``references`` and ``dispatch_payloads``: what a cell is generated from, and what that will cost."""

from dataclasses import dataclass
from decimal import Decimal

from recoil_assets.domain.board import NOT_REQUIRED, Board, with_finish
from recoil_assets.domain.digest import digest_of, short
from recoil_assets.domain.money import ZERO, show
from recoil_assets.domain.price import Estimate
from recoil_assets.domain.reference import Reference
from recoil_assets.domain.request import GenerationRequest
from recoil_assets.domain.scene import Beat, SceneBody
from recoil_assets.domain.settings import Choices
from recoil_assets.production.attempts import faults_of
from recoil_assets.production.beat_takes import kept_beats
from recoil_assets.production.cell_work import CellWork
from recoil_assets.production.gates import view_board
from recoil_assets.production.outcome import Materialised, Table
from recoil_assets.production.ports import Fit
from recoil_assets.production.requests import BeatImages, images_of, model_of, rate_of, take_request
from recoil_assets.production.stages import BOARD_REVIEWS, DISPATCH_PAYLOADS, REFERENCES, SCENE_VERSIONS
from recoil_assets.production.studio import Studio


@dataclass(frozen=True, slots=True)
class BeatPayload:
    """One beat's resolved request and its quote.

    Attributes:
        basis: digest of the request.
        dropped: what the request asks for and the model does not act on.
    """

    beat: Beat
    request: GenerationRequest
    basis: str
    quote: Estimate
    dropped: tuple[str, ...]


def cell_references(studio: Studio, body: SceneBody) -> tuple[Reference, ...]:
    """Every reference image the cell uses, each once, in story order."""
    return tuple(dict.fromkeys(item for beat in body.beats for item in images_of(studio, beat).all))


def references_version(references: tuple[Reference, ...]) -> str:
    """Digest over the paths and bytes of the references a cell uses."""
    return digest_of([[item.role, item.name, item.path, item.sha256, item.fault] for item in references])


def cell_payloads(studio: Studio, body: SceneBody, choices: Choices) -> tuple[BeatPayload, ...]:
    """The requests of all beats of a cell, with the approved board where there is one, and their quotes.

    Raises:
        PayloadBuildError: a request can not be built.
    """
    board = view_board(studio, body).approved
    return tuple(beat_payload(studio, beat, choices, board) for beat in body.beats)


def payloads_now(work: CellWork, body: SceneBody) -> tuple[BeatPayload, ...]:
    """``cell_payloads`` of a cell that is worked on, by what is on disk at this moment.

    They are built again only where the version, the choices, the board or a picture is another than last time.
    """
    studio, choices, board = work.studio, work.choices, view_board(work.studio, body).approved
    images = [images_of(studio, beat) for beat in body.beats]

    def made() -> tuple[BeatPayload, ...]:
        beats = zip(body.beats, images, strict=True)
        return tuple(beat_payload(studio, beat, choices, board, seen) for beat, seen in beats)

    return work.payloads.of((body, choices, board, images), made)


def beat_payload(
    studio: Studio, beat: Beat, choices: Choices, board: Board | None, images: BeatImages | None = None
) -> BeatPayload:
    """The request and quote of one beat. The board joins the beat that has exactly its shots, no part of it.

    Args:
        images: the beat's images, where they were just looked at.
    """
    board = board if board and board.shot_set == beat.shot_set else None
    request = take_request(studio, beat, choices, board, images or images_of(studio, beat))
    quote = studio.estimate(request, rate_of(studio, beat, model_of(beat, choices)))
    fit = fit_of(studio, request)
    if fit.refusal and not quote.refusal:
        quote = quote.model_copy(update={"usd": None, "refusal": fit.refusal})
    return BeatPayload(beat=beat, request=request, basis=request.digest, quote=quote, dropped=fit.unhonoured)


def payloads_version(payloads: tuple[BeatPayload, ...]) -> str:
    """Digest of the whole resolved requests of all beats."""
    return digest_of([[payload.beat.beat_id, payload.basis] for payload in payloads])


def total_usd(payloads: tuple[BeatPayload, ...]) -> Decimal | None:
    """The upper bound for all beats, USD; None where any has no known rate."""
    if any(payload.quote.usd is None for payload in payloads):
        return None
    return sum((payload.quote.usd or ZERO for payload in payloads), ZERO)


async def resolve_references(work: CellWork) -> Materialised:
    """The cell's reference images, digested over their bytes."""
    consumed = work.consumed(REFERENCES)
    _, body = work.scene()
    work.require_recorded(SCENE_VERSIONS, body.digest)
    references = cell_references(work.studio, body)
    faults = faults_of(references)
    return Materialised(
        cell=work.cell,
        stage=REFERENCES,
        data_version=references_version(references),
        consumed=consumed,
        facts={
            "images": len(references),
            "references": Table(
                tuple(
                    {
                        "shows": item.name,
                        "role": item.role,
                        "path": item.path,
                        "sha256": short(item.sha256),
                        "fault": item.fault,
                    }
                    for item in references
                )
            ),
        },
        awaits="; ".join(faults),
    )


async def build_payloads(work: CellWork) -> Materialised:
    """The cell's resolved requests with their quotes: the dry run. Costs nothing, stopped by no gate.

    Its quote is of what a run would pay for: approved beats are kept, as in every other quote.
    """
    consumed = work.consumed(DISPATCH_PAYLOADS)
    _, body = work.scene()
    work.require_recorded(SCENE_VERSIONS, body.digest)
    work.require_recorded(REFERENCES, references_version(cell_references(work.studio, body)))
    work.require_recorded(BOARD_REVIEWS, recorded_review(work.studio, body))
    payloads = payloads_now(work, body)
    work.studio.run_choices.keep(work.cell, work.options.choices)
    kept = kept_beats(work.studio, body)
    to_pay = tuple(payload for payload in payloads if payload.beat.beat_id not in kept)
    total = total_usd(to_pay)
    return Materialised(
        cell=work.cell,
        stage=DISPATCH_PAYLOADS,
        data_version=payloads_version(payloads),
        consumed=consumed,
        facts={
            "quote": "no known rate" if total is None else show(total),
            **({"kept": f"{', '.join(sorted(kept))}: approved, kept"} if kept else {}),
            "seconds": round(sum(payload.request.duration_s for payload in payloads), 3),
            "requests": Table(tuple(quote_row(payload) for payload in payloads)),
            "prompt": "\n\n".join(payload.request.prompt for payload in payloads),
        },
        awaits="; ".join(
            f"{payload.beat.beat_id}: {payload.request.model} {payload.quote.refusal}"
            for payload in to_pay
            if payload.quote.refusal
        ),
    )


def recorded_review(studio: Studio, body: SceneBody) -> str:
    """The data version ``board_reviews`` has to have for what is on disk now."""
    view = view_board(studio, body)
    if view.review is None:
        return NOT_REQUIRED
    return with_finish(view.review.digest, view.board.finish if view.board else None)


def quote_row(payload: BeatPayload) -> dict[str, str | int | float | None]:
    """One beat's quote as a table row: what, with which model, seconds, USD, what is not honoured."""
    return {
        "beat": payload.beat.beat_id,
        "tag": payload.request.tag,
        "model": payload.request.model,
        "modality": payload.request.modality,
        "seconds": payload.request.duration_s,
        "billed_seconds": payload.quote.billed_s,
        "usd": None if payload.quote.usd is None else str(payload.quote.usd),
        "references": len(payload.request.all_references),
        "not_honoured": ", ".join(payload.dropped),
        "refusal": payload.quote.refusal,
    }


def fit_of(studio: Studio, request: GenerationRequest) -> Fit:
    """How the request fits its model, by the word of the adapter that serves it, where that is set up here."""
    rate = studio.price_book.rate(request.model)
    provider = studio.providers.get(rate.provider) if rate else None
    return provider.fit(request) if provider else Fit()
