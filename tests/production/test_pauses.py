"""What would make a whole run stand still."""

import gc
from decimal import Decimal

from recoil_assets.production.ports import PreparedJob, Submission
from recoil_assets.production.stages import TAKES
from tests.support.instant_provider import InstantProvider
from tests.support.show import Show, cell


class MemoryLab(InstantProvider):
    """Notes how many objects are left out of garbage collections when it is sent a job."""

    left_out = 0

    async def submit(self, job: PreparedJob) -> Submission:
        self.left_out = gc.get_freeze_count()
        return await super().submit(job)


def test_what_was_in_memory_before_a_run_is_left_out_of_its_garbage_collections_alone(quoted: Show) -> None:
    before = gc.get_freeze_count()
    quoted.lab = lab = MemoryLab(name="lab", cost=Decimal("0.25"))
    assert quoted.make(stages=[TAKES]).finished(cell(1))
    assert lab.left_out > before + 1000
    assert gc.get_freeze_count() == before
