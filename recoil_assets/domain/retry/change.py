"""A change of a request: what a retry or a reroll does to it, written down, and applied exactly.

Every step sets something to what it should be, so that applying it twice is applying it once. A change is kept
beside the base request on the attempt, and the provider is sent the base with all changes applied in order.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from recoil_assets.domain.request import GenerationRequest, RequestShot
from recoil_assets.domain.retry.softening import Softening
from recoil_assets.domain.value import Value


class StrategyName(StrEnum):
    """What may be tried."""

    RESEND = "resend"  # the same request once more
    RESEED = "reseed"  # another seed
    SOFTEN_PROMPT = "soften_prompt"  # a preamble and milder words
    DROP_REFERENCE = "drop_reference"  # without the picture that was refused
    SILENCE_AUDIO = "silence_audio"  # without generated sound
    TIER_UP = "tier_up"  # a better tier of the same model
    TIER_DOWN = "tier_down"  # a simpler tier of the same model
    SHORTEN = "shorten"  # shorter segments
    I2V_TO_R2V = "i2v_to_r2v"  # from references, without a start frame
    ANOTHER_MODEL = "another_model"  # a model of like capability, within the quote
    SPLIT_BEAT = "split_beat"  # two beats of one; changes the scene, so a person decides
    ESCALATE = "escalate"  # a person looks at it


class CostTier(StrEnum):
    """What a strategy costs beside the attempt before it."""

    CHEAPER = "cheaper"
    SAME = "same"
    DEARER = "dearer"
    PERSON = "person"  # somebody's time


class SetSeed(Value):
    """Draw with another seed."""

    kind: Literal["set_seed"] = "set_seed"
    seed: int

    def apply(self, request: GenerationRequest) -> GenerationRequest:
        """``request`` with the seed, where the model looks for it too."""
        hints = {**request.provider_hints, "seed": self.seed}
        return request.model_copy(update={"seed": self.seed, "provider_hints": hints})


class SoftenPrompt(Value):
    """Say it more mildly. Spoken lines stay as they are."""

    kind: Literal["soften_prompt"] = "soften_prompt"
    softening: Softening

    def apply(self, request: GenerationRequest) -> GenerationRequest:
        """``request`` with a softened prompt and softened shot descriptions."""
        shots = tuple(
            shot.model_copy(update={"description": self.softening.words(shot.description)})
            for shot in request.shots
        )
        return request.model_copy(update={"prompt": self.softening.prompt(request.prompt), "shots": shots})


class DropReferences(Value):
    """Leave references out, by path."""

    kind: Literal["drop_references"] = "drop_references"
    paths: tuple[str, ...]

    def apply(self, request: GenerationRequest) -> GenerationRequest:
        """``request`` without these references; its frames stay."""
        kept = tuple(item for item in request.references if item.path not in self.paths)
        return request.model_copy(update={"references": kept})


class SetAudio(Value):
    """Generate sound, or none."""

    kind: Literal["set_audio"] = "set_audio"
    audio: bool

    def apply(self, request: GenerationRequest) -> GenerationRequest:
        """``request`` with or without generated sound."""
        return request.model_copy(update={"audio": self.audio})


class UseModel(Value):
    """Ask this model, at this tier; an empty tier is the model's own."""

    kind: Literal["use_model"] = "use_model"
    model: str
    tier: str = ""

    def apply(self, request: GenerationRequest) -> GenerationRequest:
        """``request`` for the model, its tier where the model looks for it too."""
        hints = {key: value for key, value in request.provider_hints.items() if key != "tier"}
        if self.tier:
            hints["tier"] = self.tier
        return request.model_copy(update={"model": self.model, "tier": self.tier, "provider_hints": hints})


class SetLengths(Value):
    """Make shots this long, seconds, by shot id."""

    kind: Literal["set_lengths"] = "set_lengths"
    lengths_s: tuple[tuple[str, float], ...]

    def apply(self, request: GenerationRequest) -> GenerationRequest:
        """``request`` with these lengths, its own the sum of them."""
        lengths = dict(self.lengths_s)
        shots = tuple(
            shot.model_copy(update={"duration_s": lengths.get(shot.shot_id, shot.duration_s)})
            for shot in request.shots
        )
        return request.model_copy(update={"shots": shots, "duration_s": total_s(shots)})


class UseReferencesOnly(Value):
    """Generate from references, without frames.

    Attributes:
        keep_start_frame: whether the start frame goes on as the first of the references.
    """

    kind: Literal["use_references_only"] = "use_references_only"
    keep_start_frame: bool

    def apply(self, request: GenerationRequest) -> GenerationRequest:
        """``request`` as reference-to-video."""
        frame = request.start_frame
        first = (frame,) if frame and self.keep_start_frame else ()
        references = tuple(dict.fromkeys((*first, *request.references)))
        return request.model_copy(
            update={
                "modality": "r2v_multi",
                "references": references,
                "start_frame": None,
                "end_frame": None,
            }
        )


Step = Annotated[
    SetSeed | SoftenPrompt | DropReferences | SetAudio | UseModel | SetLengths | UseReferencesOnly,
    Field(discriminator="kind"),
]
"""One thing that a change sets."""


class RequestChange(Value):
    """What one strategy changes about a request. Without steps the request is sent once more as it is."""

    strategy: StrategyName
    cost_tier: CostTier
    steps: tuple[Step, ...] = ()

    def apply(self, request: GenerationRequest) -> GenerationRequest:
        """``request`` with every step taken; ``request`` itself is not touched."""
        for step in self.steps:
            request = step.apply(request)
        return request


def apply_changes(base: GenerationRequest, changes: Iterable[RequestChange]) -> GenerationRequest:
    """What a provider is sent: ``base`` with ``changes`` applied, each once, in order."""
    for change in changes:
        base = change.apply(base)
    return base


def total_s(shots: Iterable[RequestShot]) -> float:
    """Length of ``shots`` together, seconds, to the microsecond."""
    return round(sum(shot.duration_s for shot in shots), 6)
