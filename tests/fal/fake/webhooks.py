"""fal's webhooks as it sends them: signed with ED25519, delivered twice, late, or badly signed where a test says so."""

import base64
import hashlib
import json
import time
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


class WebhookKey:
    """The key that fal signs with; ``jwks`` is what it publishes."""

    def __init__(self) -> None:
        self._private = Ed25519PrivateKey.generate()

    def jwks(self) -> dict[str, Any]:
        public = base64.urlsafe_b64encode(self._private.public_key().public_bytes_raw()).rstrip(b"=")
        return {"keys": [{"kty": "OKP", "crv": "Ed25519", "x": public.decode()}]}

    def headers(self, request_id: str, body: bytes, *, age_s: float = 0.0) -> dict[str, str]:
        """The headers of a delivery that was signed ``age_s`` seconds ago."""
        signed_at = str(int(time.time() - age_s))
        message = "\n".join((request_id, "user-1", signed_at, hashlib.sha256(body).hexdigest()))
        return {
            "X-Fal-Webhook-Request-Id": request_id,
            "X-Fal-Webhook-User-Id": "user-1",
            "X-Fal-Webhook-Timestamp": signed_at,
            "X-Fal-Webhook-Signature": self._private.sign(message.encode()).hex(),
        }


def deliver(
    key: WebhookKey,
    url: str,
    request_id: str,
    payload: dict[str, Any],
    *,
    age_s: float = 0.0,
    forged: bool = False,
) -> int:
    """Deliver one webhook; the status that the receiver answered. A forged one is signed over another body."""
    body = json.dumps(
        {"request_id": request_id, "gateway_request_id": request_id, "status": "OK", "payload": payload}
    )
    signed = b"{}" if forged else body.encode()
    headers = {"content-type": "application/json", **key.headers(request_id, signed, age_s=age_s)}
    return httpx.post(url, content=body.encode(), headers=headers).status_code
