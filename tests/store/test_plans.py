import json

import pytest

from recoil_assets.domain.errors import InvalidPlanError
from resources.project_store.layout import Layout
from resources.project_store.structure import PlanFiles, parse_plan
from tests.support.project import plan


@pytest.fixture
def plans(layout: Layout) -> PlanFiles:
    return PlanFiles(layout)


def test_two_files_can_not_claim_one_episode(plans: PlanFiles, layout: Layout) -> None:
    for name in ("ep_001", "ep_001_new"):
        (layout.plans / f"{name}.json").write_text(json.dumps({**plan("ep_001"), "episode": "ep_001"}))
    assert plans.read("ep_001").episode == "ep_001"
    with pytest.raises(
        InvalidPlanError, match=r"\$\.episode: says 'ep_001', the file is named for 'ep_001_new'"
    ):
        plans.read("ep_001_new")


def test_a_name_that_an_object_says_twice_is_refused_at_its_path_since_json_would_lose_the_first() -> None:
    shot = '{"shot_id": "A1", "duration_s": 3}'
    twice = f'{{"sequences": {{"SC01": {{"shots": [{shot}]}}, "SC01": {{"shots": [{shot}]}}}}}}'
    with pytest.raises(InvalidPlanError, match=r"more than once.*: \$\.sequences\.SC01\n") as refused:
        parse_plan(twice.encode(), source="plans/ep_001.json", default_episode="ep_001")
    assert refused.value.cure


def test_every_name_that_is_said_twice_is_listed() -> None:
    text = '{"title": "a", "title": "b", "shots": [{"shot_id": "A1", "duration_s": 3, "duration_s": 4}]}'
    with pytest.raises(InvalidPlanError) as refused:
        parse_plan(text.encode(), source="plans/ep_001.json", default_episode="ep_001")
    assert "$.shots[0].duration_s" in str(refused.value)
    assert "$.title" in str(refused.value)
