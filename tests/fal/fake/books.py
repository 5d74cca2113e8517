"""The fake's jobs: what was taken, and where each stands by the server's clock."""

import itertools
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.fal.fake.bill import BillFile, units_of
from tests.fal.fake.endings import BILLED, Reply, reply_of
from tests.fal.fake.script import Ending, Script


@dataclass
class Job:
    request_id: str
    endpoint: str
    payload: dict[str, Any]
    headers: dict[str, str]
    script: Script
    taken_at: float
    sent_at: float = field(default_factory=time.time)
    polls: int = 0
    results: int = 0
    fetches: int = 0
    cancelled: bool = False

    @property
    def app(self) -> str:
        return "/".join(self.endpoint.split("/")[:2])

    @property
    def is_video(self) -> bool:
        return "duration" in self.payload

    @property
    def seconds(self) -> int:
        return int(str(self.payload.get("duration", 1)).rstrip("s"))

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels, upright where nothing else was asked for."""
        short = int(str(self.payload.get("resolution", "720p")).rstrip("p"))
        across, down = map(int, str(self.payload.get("aspect_ratio", "9:16")).split(":"))
        long = round(short * max(across, down) / min(across, down) / 2) * 2
        return (short, long) if across <= down else (long, short)


class Books:
    """Every job, script and bill. Safe for the server's many threads."""

    def __init__(self, bill: Path, clock: Callable[[], float]) -> None:
        self.bill = BillFile(bill)
        self.jobs: dict[str, Job] = {}
        self.scripts: deque[Script] = deque()
        self.usual = Script()
        self.clock = clock
        self.bills_delay_s = 0.0
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)

    def next_script(self) -> Script:
        with self._lock:
            return self.scripts.popleft() if self.scripts else self.usual

    def take(self, endpoint: str, payload: dict[str, Any], headers: dict[str, str], script: Script) -> Job:
        with self._lock:
            request_id = f"req-{next(self._numbers):04d}-{int(time.time() * 1000) % 10**6:06d}"
            job = Job(request_id, endpoint, payload, headers, script, self.clock())
            self.jobs[request_id] = job
            return job

    def state(self, job: Job) -> str:
        """The job's state now; one that is done is billed at that moment, whoever asks for it."""
        age = self.clock() - job.taken_at
        if job.cancelled and not job.script.cancel_is_late:
            return "COMPLETED"
        if age < job.script.queued_s:
            return "IN_QUEUE"
        if age < job.script.queued_s + job.script.running_s:
            return "IN_PROGRESS"
        if job.script.ending in BILLED:
            self.bill.add(job.request_id, job.endpoint, job.payload, time.time())
        return "COMPLETED"

    def ending(self, job: Job) -> Ending:
        return Ending.CANCELLED if job.cancelled and not job.script.cancel_is_late else job.script.ending

    def result(self, job: Job, media_url: str, size: int) -> Reply:
        body = self.output(job, media_url, size)
        units = units_of(job.endpoint, job.payload)
        return reply_of(self.ending(job), body, units, header_units=job.script.header_units)

    def output(self, job: Job, media_url: str, size: int) -> dict[str, Any]:
        kind = "video/mp4" if job.is_video else "image/png"
        file = {
            "url": media_url,
            "content_type": kind,
            "file_name": media_url.rpartition("/")[2],
            "file_size": size,
        }
        return {"video": file, "seed": 7} if job.is_video else {"images": [file], "description": ""}
