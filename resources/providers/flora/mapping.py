"""A request in FLORA's words: which endpoint, with which parameters, and what is not honoured."""

import math
from dataclasses import dataclass
from typing import Any

from recoil_assets.domain.errors import PayloadBuildError
from recoil_assets.domain.reference import Reference
from recoil_assets.domain.request import GenerationRequest
from resources.providers.flora.models import FloraModel


@dataclass(frozen=True, slots=True)
class Mapped:
    """A request mapped, but for the addresses of its pictures.

    Attributes:
        endpoint: FLORA's model endpoint id.
        kind: ``video`` or ``image``.
        field: the parameter that takes the pictures: ``image_url``, ``image_urls``, or none.
        pictures: what goes there, in order.
        unhonoured: what the request asks for and the endpoint does not act on.
    """

    endpoint: str
    kind: str
    params: dict[str, Any]
    field: str
    pictures: tuple[Reference, ...]
    unhonoured: tuple[str, ...]

    @property
    def left_out(self) -> tuple[str, ...]:
        """What of the request's references is not sent, as ``unhonoured`` names it."""
        return tuple(text for text in self.unhonoured if "reference" in text or "frame" in text)

    def with_addresses(self, addresses: list[str]) -> dict[str, Any]:
        """The parameters with the pictures' addresses."""
        if not self.field:
            return self.params
        return {**self.params, self.field: addresses[0] if self.field == "image_url" else addresses}


def map_request(request: GenerationRequest, model: FloraModel) -> Mapped:
    """Map ``request``.

    Raises:
        PayloadBuildError: the model can not make it at all.
    """
    if request.modality not in model.makes:
        raise PayloadBuildError(
            f"{model.model} does not make {request.modality}", cure="choose another model"
        )
    endpoint, field, pictures = _route(request, model)
    _require_addresses(pictures)
    params: dict[str, Any] = {
        "aspect_ratio": _one_of("aspect ratio", request.aspect_ratio, model.aspect_ratios)
    }
    if model.durations is None:
        params["resolution"] = model.resolutions[0]
    else:
        params["resolution"] = _one_of(
            "resolution", f"{min(request.width, request.height)}p", model.resolutions
        )
        params["duration"] = str(_duration(request, model.durations))
    return Mapped(
        endpoint=endpoint,
        kind="image" if model.durations is None else "video",
        params=params,
        field=field,
        pictures=pictures,
        unhonoured=_unhonoured(request, field, pictures),
    )


def _route(request: GenerationRequest, model: FloraModel) -> tuple[str, str, tuple[Reference, ...]]:
    """The endpoint by what the request brings. Several shots go by their references, one by its first frame."""
    by_frame = (model.image, "image_url", (request.start_frame,) if request.start_frame else ())
    by_references = (model.images, "image_urls", request.references[: model.most_images])
    order = (by_references, by_frame) if request.modality == "r2v_multi" else (by_frame, by_references)
    for endpoint, field, pictures in order:
        if endpoint and pictures:
            return endpoint, field, pictures
    return model.text, "", ()


def _require_addresses(pictures: tuple[Reference, ...]) -> None:
    for picture in pictures:
        if picture.is_url and not picture.path.startswith("https://"):
            raise PayloadBuildError(
                f"FLORA takes https addresses alone, and {picture.name} is at {picture.path[:60]}",
                cure="put the picture into the project",
            )


def _one_of(what: str, wanted: str, offered: tuple[str, ...]) -> str:
    if wanted not in offered:
        raise PayloadBuildError(
            f"its {what} is {wanted}, and FLORA's model takes {', '.join(offered)}",
            cure="choose another in [choices] of recoil.toml, or another model",
        )
    return wanted


def _duration(request: GenerationRequest, durations: tuple[int, int]) -> int:
    shortest, longest = durations
    whole_s = max(math.ceil(request.duration_s), shortest)
    if whole_s > longest:
        raise PayloadBuildError(
            f"{request.duration_s:g} s is longer than its {longest} s",
            cure="shorten the shots, or split them",
        )
    return whole_s


def _unhonoured(request: GenerationRequest, field: str, sent: tuple[Reference, ...]) -> tuple[str, ...]:
    more = len(request.references) - (len(sent) if field == "image_urls" else 0)
    asked = {
        "seed": True,
        "audio": request.audio,
        "tier": bool(request.tier),
        "start_frame": request.start_frame is not None and field != "image_url",
        "end_frame": request.end_frame is not None,
        f"{more} references": more > 0,
        "element_config": bool(request.element_config),
        "generation_config": bool(request.generation_config),
    }
    return tuple(name for name, wanted in asked.items() if wanted)
