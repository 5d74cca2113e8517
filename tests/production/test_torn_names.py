"""Names of files to come that a cut of power left half taken: passed over, and no order waits for them for ever."""

import pytest

from recoil_assets.production.cell_work import Reroll
from recoil_assets.production.stages import TAKES
from resources.project_store.layout import Layout
from tests.support.show import Show, cell


@pytest.mark.parametrize("left", [0, 9, -1])
def test_a_reroll_passes_over_a_name_of_which_a_power_cut_left_only_a_part(quoted: Show, left: int) -> None:
    assert quoted.make(stages=[TAKES]).finished(cell(1))
    (take,) = quoted.attempts(cell(1))
    claim = Layout(quoted.root).claim(take.intent.media_path.replace("t001", "t002"))
    assert "t001" in take.intent.media_path
    claim.write_text(take.attempt_id.replace(".0001", ".0002")[:left])
    (beat,) = quoted.body(cell(1)).beats
    assert quoted.make(stages=[TAKES], reroll=Reroll(beat=beat.beat_id)).finished(cell(1))
    assert [item.intent.number for item in quoted.attempts(cell(1))] == [1, 3]
