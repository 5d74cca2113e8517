"""What a value computes once is of its own fields: a copy with other fields computes it anew."""

from recoil_assets.domain.request import GenerationRequest
from recoil_assets.domain.scene import SceneBody
from tests.store.samples import body, intent


def request() -> GenerationRequest:
    return intent().request


def test_a_copy_with_another_field_has_another_digest_although_the_first_was_asked_for() -> None:
    asked = request()
    before = asked.digest
    changed = asked.model_copy(update={"prompt": "a door closes"})
    assert changed.digest != before
    assert changed.digest == GenerationRequest.model_validate(changed.model_dump()).digest
    assert asked.digest == before


def test_a_digest_that_was_asked_for_is_no_part_of_a_value() -> None:
    asked, fresh = request(), request()
    assert asked.digest
    assert asked == fresh
    assert asked.model_dump() == fresh.model_dump()


def test_a_version_with_another_beat_has_another_name() -> None:
    version = body("SH0001")
    before = version.digest
    renamed = version.model_copy(update={"batch": "BATCH_009"})
    assert renamed.digest == SceneBody.model_validate(renamed.model_dump()).digest != before
