"""What a finished job's result answers, for every way it can end."""

import json
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tests.fal.fake.script import Ending

BILLED = (
    Ending.MEDIA,
    Ending.OUTPUT_BLOCKED,
    Ending.OUTPUT_BLOCKED_BILLED,
    Ending.MODEL_ERROR_BILLED,
    Ending.GONE,
    Ending.STILL_IN_PROGRESS,
)
"""Endings that cost money: a runner had worked."""


@dataclass(frozen=True)
class Reply:
    """An answer to be sent. ``request_id`` headers are the server's to add, but not for an ingress."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    data: bytes | None = None
    from_ingress: bool = False

    @property
    def bytes(self) -> bytes:
        return json.dumps(self.body).encode() if self.data is None else self.data


def nginx(status: int) -> Reply:
    page = f"<html><head><title>{status}</title></head><body><center>nginx</center></body></html>"
    return Reply(status, data=page.encode(), headers={"content-type": "text/html"}, from_ingress=True)


def model_error(status: int, location: list[str], kind: str, reason: str = "", **headers: str) -> Reply:
    item: dict[str, Any] = {
        "loc": location,
        "msg": "said for people, and never branched on",
        "type": kind,
        "url": f"https://docs.fal.ai/errors#{kind}",
        "input": {"prompt": "as it was sent"},
    }
    if reason:
        item["ctx"] = {"extra_info": {"reason": reason}}
    return Reply(
        status, {"detail": [item]}, {name.replace("_", "-"): value for name, value in headers.items()}
    )


def request_error(status: int, kind: str, **headers: str) -> Reply:
    return Reply(
        status,
        {"detail": f"the request ended: {kind}", "error_type": kind},
        {"x-fal-error-type": kind, **{name.replace("_", "-"): value for name, value in headers.items()}},
    )


def reply_of(ending: Ending, body: dict[str, Any], units: Decimal, *, header_units: bool) -> Reply:
    """The answer to the question for a result."""
    named = {"x-fal-billable-units": str(units)}
    replies = {
        Ending.MEDIA: Reply(200, body, named if header_units else {}),
        Ending.MEDIA_OF_NO_UNITS: Reply(200, body, {"x-fal-billable-units": "0"}),
        Ending.INPUT_BLOCKED: model_error(
            422, ["body", "image_urls"], "content_policy_violation", "partner_validation_failed"
        ),
        Ending.INPUT_BLOCKED_FREE: model_error(
            422, ["body", "prompt"], "content_policy_violation", x_fal_billable_units="0"
        ),
        Ending.OUTPUT_BLOCKED: model_error(422, ["body", "generated_video"], "content_policy_violation"),
        Ending.OUTPUT_BLOCKED_BILLED: model_error(
            422, ["body", "generated_video"], "content_policy_violation", x_fal_billable_units=str(units)
        ),
        Ending.MODEL_ERROR: model_error(500, ["body"], "internal_server_error", x_fal_retryable="true"),
        Ending.MODEL_ERROR_BILLED: model_error(
            422,
            ["body"],
            "generation_failed",
            x_fal_billable_units=str(units),
            x_fal_retryable="true",
        ),
        Ending.START_TIMEOUT: request_error(504, "request_timeout", x_fal_request_timeout_type="user"),
        Ending.RUNNER_LOST: request_error(503, "runner_disconnected"),
        Ending.FILE_DOWNLOAD_ERROR: model_error(
            422, ["body", "image_url"], "file_download_error", x_fal_billable_units="0"
        ),
        Ending.NO_MEDIA: Reply(200, {"seed": 1}),
        Ending.ERROR_IN_STATUS: Reply(404, {"status": "NOT_FOUND"}),
        Ending.GONE: Reply(404, {"status": "NOT_FOUND"}),
        Ending.CANCELLED: request_error(499, "client_cancelled"),
        Ending.STILL_IN_PROGRESS: Reply(400, {"detail": "Request is still in progress"}),
    }
    return replies[ending]
