"""What the fake fal charges: its prices, and a bill that outlives it, a line a request."""

import json
import os
import threading
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

_AREAS = {"480p": 427_000, "720p": 921_600, "1080p": 2_073_600}
_PER_SECOND = {
    "fal-ai/kling-video/o3/pro/reference-to-video": (Decimal("0.112"), Decimal("0.14")),
    "fal-ai/kling-video/v3/pro/image-to-video": (Decimal("0.224"), Decimal("0.336")),
    "fal-ai/kling-video/o3/standard/image-to-video": (Decimal("0.084"), Decimal("0.112")),
    "fal-ai/kling-video/v3/turbo/pro/image-to-video": (Decimal("0.14"), Decimal("0.14")),
    "fal-ai/veo3.1/fast/first-last-frame-to-video": (Decimal("0.10"), Decimal("0.15")),
    "fal-ai/veo3.1/reference-to-video": (Decimal("0.20"), Decimal("0.40")),
    "fal-ai/wan/v2.7/reference-to-video": (Decimal("0.10"), Decimal("0.10")),
    "fal-ai/wan/v2.7/image-to-video": (Decimal("0.10"), Decimal("0.10")),
}


def unit_price(endpoint: str) -> tuple[str, Decimal]:
    """(unit, USD for one)."""
    if endpoint.startswith("bytedance/seedance-2.0/fast/"):
        return "1m tokens", Decimal("11.2")
    if endpoint.startswith("bytedance/seedance-2.0/"):
        return "1m tokens", Decimal(14)
    if endpoint.startswith("bytedance/seedance-2.5/"):
        return "1m tokens", Decimal("21.9")
    if endpoint.startswith("fal-ai/nano-banana-2"):
        return "images", Decimal("0.08")
    return "seconds", _PER_SECOND[endpoint][0]


def units_of(endpoint: str, payload: dict[str, Any]) -> Decimal:
    """The units that a request is billed."""
    unit, price = unit_price(endpoint)
    if unit == "images":
        return Decimal(payload.get("num_images", 1))
    seconds = Decimal(str(payload["duration"]).rstrip("s"))
    if unit == "1m tokens":
        tokens = _AREAS[payload["resolution"]] * seconds * 24 / 1024
        return (tokens / 10**6).quantize(Decimal("0.000001"))
    silent, audible = _PER_SECOND[endpoint]
    return seconds * (audible if payload.get("generate_audio") else silent) / price


@dataclass(frozen=True)
class BillLine:
    request_id: str
    endpoint: str
    units: Decimal
    unit_price: Decimal
    at: float

    @property
    def usd(self) -> Decimal:
        return self.units * self.unit_price


class BillFile:
    """A line a billed request, on disk before anybody is told of it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._billed = {line.request_id for line in self.lines()}

    def lines(self) -> list[BillLine]:
        if not self._path.exists():
            return []
        return [
            BillLine(
                item["request_id"],
                item["endpoint"],
                Decimal(item["units"]),
                Decimal(item["unit_price"]),
                item["at"],
            )
            for item in map(json.loads, self._path.read_text().splitlines())
        ]

    def add(self, request_id: str, endpoint: str, payload: dict[str, Any], at: float) -> None:
        with self._lock, self._path.open("a") as file:
            if request_id in self._billed:
                return
            self._billed.add(request_id)
            facts = {
                "request_id": request_id,
                "endpoint": endpoint,
                "units": str(units_of(endpoint, payload)),
                "unit_price": str(unit_price(endpoint)[1]),
                "at": at,
            }
            file.write(json.dumps(facts) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def total(self) -> Decimal:
        return sum((line.usd for line in self.lines()), Decimal(0))
