"""Building requests: everything a provider is asked for, resolved from a beat, its references and its board."""

from dataclasses import dataclass
from typing import Any

from recoil_assets.domain.board import Board
from recoil_assets.domain.digest import digest_of
from recoil_assets.domain.errors import PayloadBuildError, UsageError
from recoil_assets.domain.price import ModelRate
from recoil_assets.domain.reference import Reference
from recoil_assets.domain.request import GenerationRequest, RequestShot
from recoil_assets.domain.scene import Beat
from recoil_assets.domain.settings import Choices
from recoil_assets.domain.shot import Shot
from recoil_assets.production.studio import Studio

_FINISHING = "A photoreal picture of the drawn storyboard: the same panels, framing, people and places."
OVERLAY_KEYS = ("resolution", "format_mode", "anchor_duration_s", "regen_previz_for_segment")


def model_of(beat: Beat, choices: Choices) -> str:
    """The model a beat is made with: the override, else the head shot's own, else the episode's."""
    return choices.model_override or beat.shots[0].video_model or choices.model


def rate_of(studio: Studio, beat: Beat, model: str) -> ModelRate:
    """The rate of the beat's model; ``PayloadBuildError`` naming the beat where the price book has none."""
    try:
        return studio.price_book.known(model)
    except UsageError as error:
        raise PayloadBuildError(f"beat {beat.beat_id}: {error.message}", cure=error.cure) from error


@dataclass(frozen=True, slots=True)
class BeatImages:
    """The images a beat uses beside its board, as they were at one moment."""

    references: tuple[Reference, ...]
    start_frame: Reference | None
    end_frame: Reference | None

    @property
    def all(self) -> tuple[Reference, ...]:
        """Every one of them once, references first."""
        frames = (frame for frame in (self.start_frame, self.end_frame) if frame)
        return tuple(dict.fromkeys((*self.references, *frames)))


def images_of(studio: Studio, beat: Beat) -> BeatImages:
    """The images of a beat, as they are now."""
    first, last = beat.shots[0], beat.shots[-1]
    return BeatImages(
        references=beat_references(studio, beat),
        start_frame=_frame_reference(studio, "start_frame", first.shot_id, first.start_frame),
        end_frame=_frame_reference(studio, "end_frame", last.shot_id, last.end_frame),
    )


def take_request(
    studio: Studio, beat: Beat, choices: Choices, board: Board | None, images: BeatImages
) -> GenerationRequest:
    """The request of one beat's take.

    Args:
        board: the approved board, which joins the references; None where none may.

    Raises:
        PayloadBuildError: the request can not be built; nothing is held and no attempt is used up.
    """
    model = model_of(beat, choices)
    rate_of(studio, beat, model)
    config = dict(beat.generation_config)
    tier = str(config.pop("tier", None) or choices.tier_map.get(beat.grouping.strategy) or choices.tier)
    seed = config.pop("seed", None)
    seed = _seed(choices, beat) if seed is None else int(seed)
    width, height = _frame(choices, config, beat)
    hints: dict[str, Any] = {"seed": seed, **({"tier": tier} if tier else {})}
    return GenerationRequest(
        modality=beat.modality,
        model=model,
        prompt=_prompt(beat, choices),
        shots=tuple(_request_shot(shot) for shot in beat.shots),
        duration_s=beat.duration_s,
        width=width,
        height=height,
        fps=choices.fps,
        aspect_ratio=choices.aspect_ratio,
        audio=choices.audio,
        seed=seed,
        tier=tier,
        references=(*images.references, *_board_reference(board)),
        start_frame=images.start_frame,
        end_frame=images.end_frame,
        provider_hints=hints,
        generation_config={
            key: value for key, value in config.items() if key in OVERLAY_KEYS and value is not None
        },
        element_config=beat.element_config,
        grouping=beat.grouping,
        tag=beat.tag,
    )


def board_request(beat: Beat, choices: Choices) -> GenerationRequest:
    """The drawing request of a beat's storyboard.

    Made from structure alone: a repainted reference makes takes stale, not the board a producer approved.
    """
    width, height = choices.frame_size
    return GenerationRequest(
        modality="board",
        model=choices.board_model,
        prompt=_prompt(beat, choices),
        shots=tuple(_request_shot(shot) for shot in beat.shots),
        duration_s=beat.duration_s,
        width=width,
        height=height,
        fps=0,
        aspect_ratio=choices.aspect_ratio,
        audio=False,
        seed=choices.seed,
        grouping=beat.grouping,
        tag=beat.tag,
    )


def finish_request(studio: Studio, beat: Beat, choices: Choices, board: Board) -> GenerationRequest:
    """The request of a board's finish: the same panels as a photograph, from the drawing and who and what is in it.

    Raises:
        UsageError: no model is set for it.
    """
    if not choices.finish_model:
        raise UsageError(
            f"no model is set that finishes the boards of {board.episode}",
            cure="set finish_model under [choices] in recoil.toml, a model of the price book that makes pictures",
        )
    drawing = board.model_copy(update={"finish": None})
    request = board_request(beat, choices)
    return request.model_copy(
        update={
            "model": choices.finish_model,
            "prompt": f"{_FINISHING}\n{request.prompt}",
            "references": (*_board_reference(drawing), *beat_references(studio, beat)),
        }
    )


def beat_references(studio: Studio, beat: Beat) -> tuple[Reference, ...]:
    """The reference images of everyone and every place in the beat, each once, in story order."""
    found: list[Reference] = []
    for name in dict.fromkeys(name for shot in beat.shots for name in shot.cast):
        found.extend(studio.references.find("character", name))
    for place in dict.fromkeys(shot.location_id for shot in beat.shots if shot.location_id):
        found.extend(studio.references.find("location", place))
    return tuple(dict.fromkeys(found))


def _board_reference(board: Board | None) -> tuple[Reference, ...]:
    if board is None:
        return ()
    path, sha256 = board.sent
    return (Reference(role="board", name=board.batch, path=path, sha256=sha256),)


def _frame_reference(studio: Studio, role: Any, shot_id: str, path: str) -> Reference | None:  # noqa: ANN401  a literal
    return studio.references.resolve(role, shot_id, path) if path else None


def _frame(choices: Choices, config: dict[str, Any], beat: Beat) -> tuple[int, int]:
    resolution = config.get("resolution")
    if not resolution:
        return choices.frame_size
    try:
        return Choices.model_validate({**choices.model_dump(), "resolution": resolution}).frame_size
    except ValueError as error:
        raise PayloadBuildError(
            f"beat {beat.beat_id}: {resolution!r} is not a resolution",
            cure="use 360p, 480p, 540p, 720p or 1080p in generation_config",
        ) from error


def _seed(choices: Choices, beat: Beat) -> int:
    """A seed of the beat's own, the same on every run: the episode's seed and the shots decide."""
    return (choices.seed + int(digest_of([beat.shot_set])[:7], 16)) % 2**31


def _request_shot(shot: Shot) -> RequestShot:
    return RequestShot(
        shot_id=shot.shot_id,
        shot_type=shot.shot_type,
        duration_s=shot.duration_s,
        cast=shot.cast,
        location=shot.location_id,
        description=shot.description or shot.source_text,
        dialogue=tuple(
            f"{line.char_id}: {line.text}" if line.char_id else line.text for line in shot.dialogue
        ),
    )


def _prompt(beat: Beat, choices: Choices) -> str:
    lines = [text for text in (choices.style, beat.prompt_directive) if text]
    for number, shot in enumerate(beat.shots, start=1):
        head = (
            f"Shot {number} ({shot.shot_type}, {shot.duration_s:g} s)" if beat.multi_shot else shot.shot_type
        )
        lines.append(f"{head}: {shot.description or shot.source_text}".rstrip())
        lines.extend(f"{line.char_id or 'A voice'} says: “{line.text}”" for line in shot.dialogue)
    return "\n".join(lines)
