"""Signatures of webhooks: whether a delivery is the provider's, and which job it is about.

fal signs with ED25519 (fal.ai documentation, "webhooks"); FLORA with HMAC-SHA256 (``flora-typescript``
0.10.0, ``src/lib/webhooks.ts``). Both sign the time, and nothing older or newer than five minutes is taken.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from resources.providers.secret import Secret

MOST_SKEW_S = 300
_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")


class BadSignatureError(Exception):
    """A delivery that is not the provider's, or not of now."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A verified delivery.

    Attributes:
        key: what tells it from others; a delivery that is repeated has the same.
        request_id: the job it is about.
    """

    provider: str
    key: str
    request_id: str


def fal_delivery(
    headers: Mapping[str, str], body: bytes, keys: Iterable[Ed25519PublicKey], now: float
) -> Delivery:
    """The delivery that fal signed.

    Args:
        headers: by lower-case name.
        now: seconds since 1970.

    Raises:
        BadSignatureError: it was not signed by any of ``keys``, or not now.
    """
    parts = [headers.get(f"x-fal-webhook-{name}", "") for name in ("request-id", "user-id", "timestamp")]
    request_id, _, timestamp = parts
    _require_now(timestamp, now)
    message = "\n".join((*parts, hashlib.sha256(body).hexdigest())).encode()
    try:
        signature = bytes.fromhex(headers.get("x-fal-webhook-signature", ""))
    except ValueError as error:
        raise BadSignatureError("the signature is not hexadecimal") from error
    for key in keys:
        try:
            key.verify(signature, message)
        except InvalidSignature:
            continue
        return Delivery("fal", request_id, _checked(request_id))
    raise BadSignatureError("none of fal's keys signed it")


def flora_delivery(headers: Mapping[str, str], body: bytes, secret: Secret, now: float) -> Delivery:
    """The delivery that FLORA signed; see ``fal_delivery``. While a secret is changed it signs with both."""
    signed = [part.strip().partition("=") for part in headers.get("flora-signature", "").split(",")]
    timestamp = next((value for name, _, value in signed if name == "t"), "")
    _require_now(timestamp, now)
    wanted = hmac.new(secret.reveal().encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    given = [value for name, _, value in signed if name == "v1"]
    if not any(hmac.compare_digest(value.encode(), wanted.encode()) for value in given):
        raise BadSignatureError("FLORA's secret did not sign it")
    try:
        document = json.loads(body)
        delivery_id, run_id = str(document["id"]), str(document["data"]["run_id"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BadSignatureError("it names no run") from error
    return Delivery("flora", delivery_id, _checked(run_id))


def _require_now(timestamp: str, now: float) -> None:
    if not timestamp.isascii() or not timestamp.isdecimal() or len(timestamp) > len("9999999999"):
        raise BadSignatureError("it says no time")
    if abs(now - int(timestamp)) > MOST_SKEW_S:
        raise BadSignatureError("it was signed too long ago, or by another clock")


def _checked(request_id: str) -> str:
    if not _REQUEST_ID.fullmatch(request_id):
        raise BadSignatureError("it names no job")
    return request_id
