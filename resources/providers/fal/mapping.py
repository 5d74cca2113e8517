"""Putting a request into an endpoint's words. What a quote says of it and what is sent come from one mapping."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from recoil_assets.domain.errors import PayloadBuildError
from recoil_assets.domain.reference import Reference
from recoil_assets.domain.request import GenerationRequest
from resources.providers.fal.models import Endpoint, endpoints

_HONOURED_ELSEWHERE = ("resolution",)
"""Keys of ``generation_config`` that the request's own fields follow already."""
_NEEDED = {
    "start_frame": "start frame",
    "both_frames": "start frame with end frame",
    "references": "references",
}
_SHOT_HEAD = re.compile(r"^Shot \d+ \(", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Mapped:
    """A request in the words of an endpoint, all but the images, which have no address yet.

    Attributes:
        seconds: length that is made, and billed at most; None for a picture.
        references: the reference images that are sent, in order. left_out: those that are not.
        unhonoured: see ``ports.Fit``.
    """

    endpoint: Endpoint
    seconds: int | None
    fields: dict[str, Any]
    references: tuple[Reference, ...]
    left_out: tuple[Reference, ...]
    unhonoured: tuple[str, ...]

    @property
    def images(self) -> tuple[Reference, ...]:
        """Every image that is sent, each once."""
        frames = tuple(frame for _, frame in self._frames)
        return tuple(dict.fromkeys((*self.references, *frames)))

    @property
    def _frames(self) -> tuple[tuple[str, Reference], ...]:
        return tuple((name, frame) for name, frame in self.fields.items() if isinstance(frame, Reference))

    def payload(self, urls: Mapping[str, str]) -> dict[str, Any]:
        """The body of the POST.

        Args:
            urls: where fal finds each image, by the path of its reference.
        """
        body = {
            name: urls[value.path] if isinstance(value, Reference) else value
            for name, value in self.fields.items()
        }
        if self.references and self.endpoint.references:
            body[self.endpoint.references.field] = [urls[item.path] for item in self.references]
        return body


def map_request(request: GenerationRequest, nonce: str = "") -> Mapped:
    """``request`` in the words of the endpoint that makes it.

    Args:
        nonce: a name for this attempt, sent where the endpoint has a field for it.

    Raises:
        PayloadBuildError: no endpoint of the model can make it.
    """
    endpoint = _route(request)
    unhonoured: list[str] = []
    fields: dict[str, Any] = dict(endpoint.always)
    sent, left_out = _split_references(endpoint, request.references)
    seconds = _put_duration(endpoint, request, fields, unhonoured)
    _put_prompt(endpoint, request, sent, seconds, fields)
    _put_picture(endpoint, request, fields, unhonoured)
    _put_frames(endpoint, request, fields, unhonoured)
    _put_extras(endpoint, request, fields, unhonoured)
    if left_out:
        names = ", ".join(item.name for item in left_out)
        unhonoured.append("references" if not sent else f"{len(left_out)} references too many ({names})")
    sent_names = [*fields, *([endpoint.references.field] if endpoint.references and sent else [])]
    if doubtful := [name for name in endpoint.unverified if name in sent_names]:
        unhonoured.append(f"unverified fields, which fal may not act on: {', '.join(doubtful)}")
    if endpoint.nonce and nonce:
        fields[endpoint.nonce] = nonce
    return Mapped(endpoint, seconds, fields, sent, left_out, tuple(unhonoured))


def _route(request: GenerationRequest) -> Endpoint:
    """The endpoint of the lowest rank that makes the modality and whose needs the request meets."""
    able = [item for item in endpoints().get(request.model, ()) if request.modality in item.makes]
    if not able:
        raise PayloadBuildError(f"does not make {request.modality}", cure="choose another model")
    starts = request.start_frame is not None
    has = {
        "": True,
        "start_frame": starts,
        "both_frames": starts and request.end_frame is not None,
        "references": bool(request.references),
    }
    for endpoint in sorted(able, key=lambda item: item.makes[request.modality]):
        if has[endpoint.needs]:
            return endpoint
    needed = " or ".join(sorted({_NEEDED[item.needs] for item in able}, reverse=True))
    raise PayloadBuildError(
        f"needs {needed}, and the beat has none",
        cure="give the shots a start_frame (and an end_frame), or put reference images into refs/",
    )


def _split_references(
    endpoint: Endpoint, references: tuple[Reference, ...]
) -> tuple[tuple[Reference, ...], tuple[Reference, ...]]:
    """(sent, left out). Where there are too many the board stays: it is what a person approved."""
    most = endpoint.references.most if endpoint.references else 0
    boards_first = sorted(references, key=lambda item: item.role != "board")
    kept = boards_first[:most]
    return (
        tuple(item for item in references if item in kept),
        tuple(item for item in references if item not in kept),
    )


def _put_duration(
    endpoint: Endpoint, request: GenerationRequest, fields: dict[str, Any], unhonoured: list[str]
) -> int | None:
    """The next length that is offered: a clip is cut to its beat, and never stretched."""
    duration = endpoint.duration
    if duration is None:
        return None
    seconds = duration.next_offered(request.duration_s)
    if seconds is None:
        raise PayloadBuildError(
            f"{request.duration_s:g} s is longer than its {duration.offered[-1]} s",
            cure="choose another model, or split the batch",
        )
    if seconds != math.ceil(request.duration_s):
        unhonoured.append(f"{request.duration_s:g} s (it makes {seconds} s)")
    fields[duration.field] = duration.written.of(seconds)
    return seconds


def _put_picture(
    endpoint: Endpoint, request: GenerationRequest, fields: dict[str, Any], unhonoured: list[str]
) -> None:
    """Resolution and aspect ratio: never less than was asked, never another shape."""
    lines = min(request.width, request.height)
    resolution = endpoint.resolution.next_offered(lines)
    if resolution is None:
        largest = max(endpoint.resolution.offered.values())
        raise PayloadBuildError(f"makes {largest}p at most, not {lines}p", cure="choose a lower resolution")
    name, made = resolution
    if request.modality != "board" and made != lines:
        unhonoured.append(f"{lines}p (it makes {made}p)")
    if endpoint.resolution.field:
        fields[endpoint.resolution.field] = name
    aspect = endpoint.aspect_ratio
    if aspect is None:
        unhonoured.append("aspect_ratio (it follows the start frame)")
    elif request.aspect_ratio not in aspect.offered:
        raise PayloadBuildError(
            f"does not make {request.aspect_ratio}", cure=f"use one of {', '.join(aspect.offered)}"
        )
    else:
        fields[aspect.field] = request.aspect_ratio
    if request.fps and request.fps != endpoint.fps:
        unhonoured.append(f"{request.fps} fps (it makes {endpoint.fps})")


def _put_frames(
    endpoint: Endpoint, request: GenerationRequest, fields: dict[str, Any], unhonoured: list[str]
) -> None:
    frames = (
        ("start_frame", endpoint.start_frame, request.start_frame),
        ("end_frame", endpoint.end_frame, request.end_frame),
    )
    for name, field, frame in frames:
        if frame is None:
            continue
        if field:
            fields[field] = frame
        else:
            unhonoured.append(name)


def _put_extras(
    endpoint: Endpoint, request: GenerationRequest, fields: dict[str, Any], unhonoured: list[str]
) -> None:
    """Sound and seed, and what no endpoint of fal's acts on. Sound is sent also as no: its default costs."""
    if endpoint.audio:
        fields[endpoint.audio] = request.audio
    elif request.audio:
        unhonoured.append("audio")
    if endpoint.seed:
        fields[endpoint.seed] = request.seed
    else:
        unhonoured.append("seed")
    if request.tier:
        unhonoured.append("tier")
    if request.element_config:
        unhonoured.append("element_config")
    unhonoured.extend(
        f"generation_config.{key}" for key in request.generation_config if key not in _HONOURED_ELSEWHERE
    )


def _put_prompt(
    endpoint: Endpoint,
    request: GenerationRequest,
    sent: tuple[Reference, ...],
    seconds: int | None,
    fields: dict[str, Any],
) -> None:
    mentions = _mentions(endpoint, sent)
    shots = _shot_prompts(endpoint, request, mentions)
    if endpoint.multi_shot and endpoint.duration and seconds is not None and 0 < len(shots) <= seconds:
        lengths = share_seconds([shot.duration_s for shot in request.shots], seconds)
        fields[endpoint.multi_shot.field] = [
            {"prompt": prompt, "duration": endpoint.duration.written.of(length)}
            for prompt, length in zip(shots, lengths, strict=True)
        ]
        fields.update(endpoint.multi_shot.always)
        return
    prompt = "\n".join((request.prompt, *mentions))
    if 0 < endpoint.longest_prompt < len(prompt):
        raise PayloadBuildError(
            f"takes prompts of {endpoint.longest_prompt} characters, and this has {len(prompt)}",
            cure="shorten the descriptions or the style, or choose another model",
        )
    fields["prompt"] = prompt


def _mentions(endpoint: Endpoint, sent: tuple[Reference, ...]) -> list[str]:
    """A line for each image: who or what it shows, by the name that the endpoint gives it."""
    mention = endpoint.references.mention if endpoint.references else ""
    if not mention:
        return []
    said = {"board": "is the storyboard: follow its panels in order, and show none of its lettering"}
    return [
        f"{mention.format(n=number)} {said.get(item.role, f'shows {item.name}')}."
        for number, item in enumerate(sent, start=1)
    ]


def _shot_prompts(endpoint: Endpoint, request: GenerationRequest, mentions: list[str]) -> list[str]:
    """The prompt cut into its shots, what comes before the first put before each; none where it can not be cut."""
    multi = endpoint.multi_shot
    heads = [match.start() for match in _SHOT_HEAD.finditer(request.prompt)]
    if multi is None or not 1 < len(heads) == len(request.shots) <= multi.most:
        return []
    common = "\n".join((request.prompt[: heads[0]].strip(), *mentions)).strip()
    pieces = [request.prompt[start:end].strip() for start, end in zip(heads, [*heads[1:], None], strict=True)]
    prompts = [f"{common}\n{piece}".strip() for piece in pieces]
    return prompts if all(len(prompt) <= multi.longest_prompt for prompt in prompts) else []


def share_seconds(lengths: list[float], total: int) -> list[int]:
    """``total`` whole seconds, no fewer than there are shots, shared by their lengths, one at least for each."""
    whole = sum(lengths)
    exact = [length * total / whole for length in lengths]
    shares = [max(math.floor(part), 1) for part in exact]
    while sum(shares) > total:
        longer = [index for index, share in enumerate(shares) if share > 1]
        shares[max(longer, key=lambda index: shares[index] - exact[index])] -= 1
    while sum(shares) < total:
        shares[max(range(len(shares)), key=lambda index: exact[index] - shares[index])] += 1
    return shares
