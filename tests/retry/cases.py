"""Requests, prices and failures for the tests of retries: three paid models and a free one."""

from decimal import Decimal
from typing import Any

from recoil_assets.domain.failure import FailureFacts
from recoil_assets.domain.grouping.group import GroupIdentity
from recoil_assets.domain.reference import Reference
from recoil_assets.domain.request import GenerationRequest, RequestShot
from recoil_assets.domain.retry.case import Offer, Quotes, Rung
from recoil_assets.domain.retry.engine import Escalation, Exhausted, Retry, propose
from recoil_assets.domain.retry.odds import RetryHistory
from recoil_assets.domain.retry.policy import RetryCostPolicy, RetryPolicy, RetrySpend, Tried
from recoil_assets.domain.retry.softening import Softening

MARA = Reference(role="character", name="MARA", path="refs/characters/MARA.png", sha256="a" * 64)
JOE = Reference(role="character", name="JOE", path="refs/characters/JOE.png", sha256="b" * 64)
QUAY = Reference(role="location", name="QUAY", path="refs/locations/QUAY.png", sha256="c" * 64)
BOARD = Reference(role="board", name="BATCH_001", path="media/boards/b.png", sha256="d" * 64)
FRAME = Reference(role="start_frame", name="SH0010", path="refs/frames/SH0010.png", sha256="e" * 64)

SOFTENING = Softening(preamble="Nothing graphic.", replacements={"blood": "red paint", "gun": "prop"})
PER_SECOND = {"grand": "0.30", "grand-fast": "0.20", "other": "0.28", "dear": "0.90", "animatic": "0"}
ALL = frozenset({"seed", "audio", "references", "start_frame", "end_frame"})
OFFERS = tuple(
    Offer(
        model=model,
        modalities=frozenset({"video_i2v", "r2v_multi"}),
        most_references=9,
        honours=ALL,
        shortest_s=4,
        longest_s=15,
    )
    for model in PER_SECOND
)
LADDER = (Rung(model="grand-fast"), Rung(model="grand"), Rung(model="dear"))


def price(request: GenerationRequest) -> Decimal | None:
    """A second's price by model, with a surcharge for sound; None for a model nobody knows."""
    rate = PER_SECOND.get(request.model)
    if rate is None:
        return None
    return Decimal(rate) * Decimal(str(request.duration_s)) * (Decimal("1.5") if request.audio else 1)


QUOTES = Quotes(offers=OFFERS, ladders=(LADDER,), price=price)


def shots(*seconds: float) -> tuple[RequestShot, ...]:
    return tuple(
        RequestShot(
            shot_id=f"SH{number}0",
            shot_type="MS",
            duration_s=length,
            description="Blood on the quay.",
            dialogue=("MARA: There is blood.",),
        )
        for number, length in enumerate(seconds, start=1)
    )


def request(**changes: Any) -> GenerationRequest:
    """Three shots of ten seconds, with sound, of two people in a place, for the middle of three tiers."""
    facts: dict[str, Any] = {
        "modality": "r2v_multi",
        "model": "grand",
        "prompt": "Shot 1: Blood on the quay.\nMARA says: “There is blood.”",
        "shots": shots(4.0, 3.0, 3.0),
        "duration_s": 10.0,
        "width": 720,
        "height": 1280,
        "fps": 24,
        "aspect_ratio": "9:16",
        "audio": True,
        "seed": 7,
        "references": (QUAY, MARA, JOE),
        "provider_hints": {"seed": 7},
        "grouping": GroupIdentity(strategy="continuity", ordinal=1, shot_ids=("SH10", "SH20", "SH30")),
        "tag": "SOLO_MARA",
    }
    return GenerationRequest(**{**facts, **changes})


def single(**changes: Any) -> GenerationRequest:
    """One shot of five seconds from a start frame."""
    facts = {"modality": "video_i2v", "shots": shots(5.0), "duration_s": 5.0, "start_frame": FRAME}
    return request(**{**facts, **changes})


PROMPT_BLOCK = FailureFacts(error_type="content_policy_violation", location="body.prompt", http_status=422)
IMAGE_BLOCK = FailureFacts(
    error_type="content_policy_violation",
    location="body.image_urls",
    reason="partner_validation_failed",
    http_status=422,
)
FRAME_BLOCK = FailureFacts(error_type="content_policy_violation", location="body.image_url", http_status=422)
OUTPUT_BLOCK = FailureFacts(
    error_type="content_policy_violation", location="body.generated_video", http_status=422
)
OUTAGE = FailureFacts(error_type="internal_server_error", http_status=500)
TIMEOUT = FailureFacts(error_type="generation_timeout", http_status=504)
BAD_MEDIA = FailureFacts(error_type="bad_media")
AUTH = FailureFacts(http_status=401)
NO_IDEA = FailureFacts(error_type="flux_capacitor")


def after(
    facts: FailureFacts,
    asked: GenerationRequest | None = None,
    *,
    tried: Tried | None = None,
    spent: RetrySpend | None = None,
    history: RetryHistory | None = None,
    quotes: Quotes = QUOTES,
    max_takes: int = 9,
    **cost: Any,
) -> Retry | Escalation | Exhausted:
    """What the engine says after a failure of ``asked``."""
    policy = RetryPolicy(cost=RetryCostPolicy(**cost), max_takes=max_takes, softening=SOFTENING)
    return propose(
        facts,
        asked or request(),
        tried or Tried(),
        spent or RetrySpend(),
        policy,
        history or RetryHistory(),
        quotes,
    )


def retry(*args: Any, **facts: Any) -> Retry:
    """The retry that the engine proposes; fails where it proposes none."""
    answer = after(*args, **facts)
    assert isinstance(answer, Retry), answer
    return answer


def sequence(facts: FailureFacts, asked: GenerationRequest | None = None, **more: Any) -> list[Retry]:
    """Every retry that is made where the same failure comes back each time."""
    made: list[Retry] = []
    while True:
        tried = Tried(changes=made[-1].changes if made else (), takes=len(made) + 1)
        answer = after(facts, asked, tried=tried, **more)
        if not isinstance(answer, Retry):
            return made
        made.append(answer)


def strategies(facts: FailureFacts, asked: GenerationRequest | None = None, **more: Any) -> list[str]:
    """The names of all retries, in order, where the same failure comes back each time."""
    return [made.change.strategy.value for made in sequence(facts, asked, **more)]
