import hashlib
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recoil_assets.domain.digest import canonical_json, digest_of, digest_of_bytes, short

from .samples import shot

contents = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=8,
)


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_what_json_has_no_word_for_has_no_digest(number: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        digest_of({"a": [number]})


@given(st.dictionaries(st.text(max_size=4), contents, max_size=5))
def test_a_digest_does_not_follow_the_order_in_which_content_was_built(content: dict[str, object]) -> None:
    assert digest_of(dict(reversed(content.items()))) == digest_of(content)


def test_canonical_json_is_sorted_without_white_space_and_in_plain_utf_8() -> None:
    assert canonical_json({"b": (1, None), "a": "é"}) == '{"a":"é","b":[1,null]}'
    assert digest_of("é") == hashlib.sha256('"é"'.encode()).hexdigest()


def test_a_value_digests_like_its_fields_wherever_it_stands() -> None:
    one = shot(raw={"b": 1, "a": 2})
    fields = one.model_dump(mode="json")
    assert digest_of(one) == digest_of(fields)
    assert digest_of({"shots": [one, (one,)]}) == digest_of({"shots": [fields, [fields]]})


@pytest.mark.parametrize(
    ("one", "other"), [([1, 2], [2, 1]), ("1", 1), (None, ""), ({"a": None}, {}), ([], [[]])]
)
def test_different_content_has_different_digests(one: object, other: object) -> None:
    assert digest_of(one) != digest_of(other)


def test_bytes_are_digested_as_they_are_and_digests_are_shortened_for_people() -> None:
    assert digest_of_bytes(b"picture") == hashlib.sha256(b"picture").hexdigest()
    assert short(digest_of_bytes(b"picture")) == digest_of_bytes(b"picture")[:12]
