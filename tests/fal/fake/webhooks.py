"""fal's webhooks as it sends them: to the address that a job was posted with, signed, when the job has ended."""

import json
import threading
from collections.abc import Callable

import httpx

from tests.fal.fake.books import Job
from tests.webhooks.senders import FalSigner


class Deliveries:
    """Delivers what was asked for.

    Attributes:
        answered: (request id, what the receiver answered) of every delivery.
    """

    def __init__(self) -> None:
        self.signer = FalSigner()
        self.answered: list[tuple[str, int]] = []

    def when_done(self, job: Job, url: str, settle: Callable[[Job], str]) -> None:
        """Deliver to ``url`` when the job's time is over; ``settle`` makes it what it is by then."""

        def deliver() -> None:
            settle(job)
            body = json.dumps({"request_id": job.request_id, "status": "OK", "payload": {}}).encode()
            answer = httpx.post(url, content=body, headers=self.signer.sign(job.request_id, body))
            self.answered.append((job.request_id, answer.status_code))

        timer = threading.Timer(job.script.queued_s + job.script.running_s, deliver)
        timer.daemon = True
        timer.start()
