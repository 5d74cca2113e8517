"""The strategies, each a small class. Which are meant for which failure stands in ``odds.DEFAULT_ODDS``."""

import math
from decimal import Decimal

from recoil_assets.domain.diagnosis.flagged import flagged_pictures, frame_is_flagged
from recoil_assets.domain.diagnosis.mode import FailureMode, Retryability
from recoil_assets.domain.digest import digest_of
from recoil_assets.domain.request import GenerationRequest, RequestShot
from recoil_assets.domain.retry.case import Case, Offer, Rung
from recoil_assets.domain.retry.change import (
    CostTier,
    DropReferences,
    SetAudio,
    SetLengths,
    SetSeed,
    SoftenPrompt,
    Step,
    StrategyName,
    UseModel,
    UseReferencesOnly,
)
from recoil_assets.domain.retry.strategy import Handover, RequestStrategy, Strategy

SHORTENED_TO = 0.75
SHORTEST_SHOT_S = 1.0
_MILLISECONDS = 3


class Resend(RequestStrategy):
    """The same request once more, where the provider was to blame. Twice: outages pass."""

    name = StrategyName.RESEND
    cost_tier = CostTier.SAME
    most = 2

    def applies(self, case: Case) -> bool:
        """Never where the provider says that only another request may pass."""
        return case.failure.retryability is Retryability.UNCHANGED and super().applies(case)

    def steps(self, case: Case) -> tuple[Step, ...] | None:  # noqa: ARG002  there are none, whatever the case
        """No step."""
        return ()

    def _is_new(self, case: Case, changed: GenerationRequest) -> bool:  # noqa: ARG002  sent before, on purpose
        return True


class Reseed(RequestStrategy):
    """Another seed: another draw of the same request. It never answers a picture that was refused."""

    name = StrategyName.RESEED
    cost_tier = CostTier.SAME
    most = 2

    def applies(self, case: Case) -> bool:
        """Never for a refused picture: the seed has no part in how it is judged."""
        return not case.failure.input_image and super().applies(case)

    def steps(self, case: Case) -> tuple[Step, ...] | None:
        """A seed that follows from the basis and the number of the try, so that it is the same on every machine."""
        number = case.times(self.name) + 1
        return (SetSeed(seed=int(digest_of([case.base.digest, number])[:7], 16)),)


class Soften(RequestStrategy):
    """The prompt with a preamble and milder words."""

    name = StrategyName.SOFTEN_PROMPT
    cost_tier = CostTier.SAME

    def steps(self, case: Case) -> tuple[Step, ...] | None:
        """Always the same words, kept with the change."""
        return (SoftenPrompt(softening=case.softening),)


class DropFlagged(RequestStrategy):
    """Without the picture that was refused. Where nobody says which it was: one after another, people first."""

    name = StrategyName.DROP_REFERENCE
    cost_tier = CostTier.SAME
    most = 3

    def steps(self, case: Case) -> tuple[Step, ...] | None:
        """One reference less. A board was approved by a person and is never left out; frames are not references."""
        flagged = flagged_pictures(case.failure, case.request)
        for picture in flagged:
            if picture in case.request.references and picture.role != "board":
                return (DropReferences(paths=(picture.path,)),)
        return None


class SilenceAudio(RequestStrategy):
    """Without generated sound."""

    name = StrategyName.SILENCE_AUDIO
    cost_tier = CostTier.CHEAPER

    def steps(self, case: Case) -> tuple[Step, ...] | None:
        """Nothing where no sound was asked for."""
        return (SetAudio(audio=False),) if case.request.audio else None


class TierUp(RequestStrategy):
    """The next better tier."""

    name = StrategyName.TIER_UP
    cost_tier = CostTier.DEARER
    excluded_by = (StrategyName.TIER_DOWN, StrategyName.ANOTHER_MODEL)

    def steps(self, case: Case) -> tuple[Step, ...] | None:
        """One rung up the ladder that the model stands on."""
        return _rung(case, 1)


class TierDown(RequestStrategy):
    """The next simpler tier."""

    name = StrategyName.TIER_DOWN
    cost_tier = CostTier.CHEAPER
    excluded_by = (StrategyName.TIER_UP, StrategyName.ANOTHER_MODEL)

    def steps(self, case: Case) -> tuple[Step, ...] | None:
        """One rung down the ladder that the model stands on."""
        return _rung(case, -1)


class Shorten(RequestStrategy):
    """Every segment shorter by the same share, to whole seconds together, as models count them."""

    name = StrategyName.SHORTEN
    cost_tier = CostTier.CHEAPER

    def steps(self, case: Case) -> tuple[Step, ...] | None:
        """Nothing where the model makes nothing shorter, or a shot would be a mere glimpse."""
        request, shortest = case.request, case.offer.shortest_s if case.offer else 1
        target = max(math.floor(request.duration_s * SHORTENED_TO), shortest)
        if target >= request.duration_s:
            return None
        lengths = _shared_out(request.shots, target, request.duration_s)
        if min(seconds for _, seconds in lengths) < SHORTEST_SHOT_S:
            return None
        return (SetLengths(lengths_s=lengths),)


class SwitchToReferences(RequestStrategy):
    """Reference-to-video in place of image-to-video: the start frame goes, or joins the references."""

    name = StrategyName.I2V_TO_R2V
    cost_tier = CostTier.SAME

    def steps(self, case: Case) -> tuple[Step, ...] | None:
        """Nothing where the model has no such mode, or nothing would be left to generate from."""
        request, offer = case.request, case.offer
        if request.modality != "video_i2v" or request.start_frame is None or offer is None:
            return None
        if "r2v_multi" not in offer.modalities or "references" not in offer.honours:
            return None
        room = len(request.references) < offer.most_references
        keep = room and not frame_is_flagged(case.failure, request)
        if not keep and not request.references:
            return None
        return (UseReferencesOnly(keep_start_frame=keep),)


class AnotherModel(RequestStrategy):
    """A model of like capability, for no more than the beat was quoted."""

    name = StrategyName.ANOTHER_MODEL
    cost_tier = CostTier.CHEAPER

    def steps(self, case: Case) -> tuple[Step, ...] | None:
        """The dearest that fits: what costs about the same can do about the same."""
        quoted = case.quotes.price(case.base)
        if quoted is None:
            return None
        fitting = [
            (price, offer.model)
            for offer in case.quotes.offers
            if _can_do(offer, case)
            and (price := case.quotes.price(_asking(case.request, offer.model))) is not None
            and _is_like(price, quoted)
        ]
        return (UseModel(model=max(fitting)[1]),) if fitting else None


class SplitBeat:
    """Two beats of one. It changes the scene, so it is a candidate version that a person conforms to, or not.

    Attributes:
        MODES: the failures against which less at once may help.
    """

    name = StrategyName.SPLIT_BEAT
    cost_tier = CostTier.PERSON
    MODES = frozenset(
        {
            FailureMode.CONTENT_HARD_INPUT,
            FailureMode.CONTENT_SOFT_INPUT,
            FailureMode.CONTENT_HARD_OUTPUT,
            FailureMode.CONTENT_SOFT_OUTPUT,
            FailureMode.TIMEOUT,
            FailureMode.INVALID_INPUT,
            FailureMode.BAD_MEDIA,
            FailureMode.UNKNOWN,
        }
    )

    def applies(self, case: Case) -> bool:
        """For a multi-shot beat, where less at once may pass."""
        several = case.base.modality == "r2v_multi" and len(case.base.shots) > 1
        return several and case.failure.mode in self.MODES

    def diff(self, case: Case) -> Handover:
        """The parts: halves by number of shots, in story order."""
        shot_ids = tuple(shot.shot_id for shot in case.base.shots)
        half = (len(shot_ids) + 1) // 2
        parts = (shot_ids[:half], shot_ids[half:])
        listed = " and ".join(", ".join(part) for part in parts)
        return Handover(
            strategy=self.name,
            asks=f"whether the beat is split into {listed}: a new scene version",
            shots=parts,
        )

    def estimate(self, case: Case) -> Decimal | None:  # noqa: ARG002  nothing is sent, whatever the case
        """Nothing is sent."""
        return None


class Escalate:
    """A person looks at it."""

    name = StrategyName.ESCALATE
    cost_tier = CostTier.PERSON

    def applies(self, case: Case) -> bool:  # noqa: ARG002  a person can always be asked
        """Always."""
        return True

    def diff(self, case: Case) -> Handover:
        """What is asked, by what went wrong."""
        return Handover(strategy=self.name, asks=_QUESTIONS.get(case.failure.mode, _ANY_QUESTION))

    def estimate(self, case: Case) -> Decimal | None:  # noqa: ARG002  nothing is sent, whatever the case
        """Nothing is sent."""
        return None


STRATEGIES: tuple[Strategy, ...] = (
    Resend(),
    Reseed(),
    Soften(),
    DropFlagged(),
    SilenceAudio(),
    TierDown(),
    Shorten(),
    SwitchToReferences(),
    AnotherModel(),
    TierUp(),
    SplitBeat(),
    Escalate(),
)
"""In the order in which equals are tried: what changes least comes first."""

_ANY_QUESTION = "how the shot, its references or the model should be changed"
_QUESTIONS = {
    FailureMode.CONTENT_HARD_INPUT: "what the prompt says, or which picture is sent, instead of what was refused",
    FailureMode.CONTENT_HARD_OUTPUT: "what the shot shows instead of what was recognised and refused",
    FailureMode.AUTH: "that the provider's key, rights and balance are put in order",
    FailureMode.CANCELLED: "whether the beat is to be made after all",
}


def _rung(case: Case, distance: int) -> tuple[Step, ...] | None:
    """The rung ``distance`` above the request's on its ladder, if a model stands there that can do it."""
    here = Rung(model=case.request.model, tier=case.request.tier)
    for ladder in case.quotes.ladders:
        place = ladder.index(here) + distance if here in ladder else -1
        if 0 <= place < len(ladder):
            rung = ladder[place]
            offer = case.quotes.offer(rung.model)
            if offer is not None and _fits(offer, case.request):
                return (UseModel(model=rung.model, tier=rung.tier),)
    return None


def _shared_out(shots: tuple[RequestShot, ...], target: int, before: float) -> tuple[tuple[str, float], ...]:
    """Lengths in the proportion of ``shots`` that are ``target`` seconds together, to the millisecond."""
    *first, last = shots
    lengths = [(shot.shot_id, round(shot.duration_s * target / before, _MILLISECONDS)) for shot in first]
    rest = round(target - sum(seconds for _, seconds in lengths), _MILLISECONDS)
    return (*lengths, (last.shot_id, rest))


def _fits(offer: Offer, request: GenerationRequest) -> bool:
    return (
        request.modality in offer.modalities
        and math.ceil(request.duration_s) <= offer.longest_s
        and len(request.references) <= offer.most_references
    )


def _can_do(offer: Offer, case: Case) -> bool:
    """Whether the model does all that is asked: what it would leave out makes it no like one."""
    request = case.request
    asked = {
        "audio": request.audio,
        "start_frame": request.start_frame is not None,
        "end_frame": request.end_frame is not None,
        "references": bool(request.references),
        "element_config": bool(request.element_config),
    }
    wanted = {name for name, is_asked in asked.items() if is_asked}
    honoured = offer.honours if case.offer is None else offer.honours | (wanted - case.offer.honours)
    return offer.model != request.model and _fits(offer, request) and wanted <= honoured


def _is_like(price: Decimal, quoted: Decimal) -> bool:
    """Within the quote; and a model that costs nothing stands in for no paid one: it makes a previz, not a take."""
    return price <= quoted and (price > 0 or quoted == 0)


def _asking(request: GenerationRequest, model: str) -> GenerationRequest:
    return UseModel(model=model).apply(request)
