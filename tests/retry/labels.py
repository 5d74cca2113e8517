"""A filter-safety label with everything filled in."""

from typing import Any

from recoil_assets.domain.diagnosis.mode import FailureStage, Subject
from recoil_assets.domain.filter_label import FilterLabel


def label(**facts: Any) -> FilterLabel:
    described = {
        "at": "2026-03-01T12:00:00.000000Z",
        "episode": "ep_001",
        "batch": "BATCH_001",
        "beat_id": "BATCH_001",
        "attempt_id": "ep_001.take.1",
        "shot_ids": ("SH10", "SH20"),
        "provider": "fal",
        "model": "grand",
        "stage": FailureStage.INPUT,
        "subject": Subject.PROMPT,
        "confidence": 0.9,
        "error_type": "content_policy_violation",
        "prompt": "Blood on the quay. " * 400,
    }
    return FilterLabel.model_validate({**described, **facts})
