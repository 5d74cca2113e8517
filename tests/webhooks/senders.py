"""Webhooks as fal and FLORA send them."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

FLORA_SECRET = "whsec_of-the-test-workspace"  # noqa: S105  made up


class FalSigner:
    """A key of fal's. ``jwk`` is how fal publishes it."""

    def __init__(self) -> None:
        self._key = Ed25519PrivateKey.generate()

    @property
    def jwk(self) -> dict[str, Any]:
        public = base64.urlsafe_b64encode(self._key.public_key().public_bytes_raw()).rstrip(b"=").decode()
        return {"kty": "OKP", "crv": "Ed25519", "x": public}

    def sign(self, request_id: str, body: bytes, *, age_s: float = 0) -> dict[str, str]:
        at = str(int(time.time() - age_s))
        text = f"{request_id}\nuser-7\n{at}\n{hashlib.sha256(body).hexdigest()}"
        return {
            "X-Fal-Webhook-Request-Id": request_id,
            "X-Fal-Webhook-User-Id": "user-7",
            "X-Fal-Webhook-Timestamp": at,
            "X-Fal-Webhook-Signature": self._key.sign(text.encode()).hex(),
        }


def jwks(*signers: FalSigner) -> bytes:
    return json.dumps({"keys": [signer.jwk for signer in signers]}).encode()


def flora_body(run_id: str = "run_1", delivery: str = "whd_1") -> bytes:
    data = {"run_id": run_id, "run_type": "generation", "workspace_id": "ws_1", "status": "completed"}
    return json.dumps({"id": delivery, "type": "run.completed", "data": data}).encode()


def flora_sign(body: bytes, *, secret: str = FLORA_SECRET, age_s: float = 0) -> dict[str, str]:
    at = str(int(time.time() - age_s))
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return {"Flora-Signature": f"t={at},v1={'0' * 64},v1={digest}"}
