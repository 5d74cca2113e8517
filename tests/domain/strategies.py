"""Hypothesis strategies for names, shots and plans."""

from typing import get_args

from hypothesis import strategies as st

from recoil_assets.domain.naming import (
    HIGHEST_NUMBER,
    LONGEST_SHOT_ID,
    MOST_SHOTS,
    StrategyName,
    TakeName,
    is_shot_id,
)
from recoil_assets.domain.plan import Plan

from .samples import plan, shot

LETTERS_AND_DIGITS = "abzABZ019"

episodes = st.text(f"{LETTERS_AND_DIGITS}_", min_size=1, max_size=32)
shot_ids = (
    st.lists(st.text(LETTERS_AND_DIGITS, min_size=1, max_size=LONGEST_SHOT_ID), min_size=1, max_size=3)
    .map(lambda parts: "_".join(parts)[:LONGEST_SHOT_ID].rstrip("_"))
    .filter(is_shot_id)
)
take_names = st.builds(
    TakeName,
    episode=episodes,
    strategy=st.sampled_from(get_args(StrategyName)),
    ordinal=st.integers(0, HIGHEST_NUMBER),
    shot_ids=st.lists(shot_ids, min_size=1, max_size=MOST_SHOTS).map(tuple),
    take=st.integers(1, HIGHEST_NUMBER),
)


CASTS = [(), ("MAREN",), ("IVO",), ("MAREN", "IVO"), ("IVO", "MAREN")]
PLACES = ["LOC_QUAY", "LOC_LAMP_ROOM"]


def _plan(told: list[tuple[int, tuple[str, ...], str]]) -> Plan:
    return plan(
        *(
            shot(f"SH{number:03d}0", seconds=tenths / 10, cast=cast, place=place)
            for number, (tenths, cast, place) in enumerate(told, start=1)
        )
    )


plans = st.lists(
    st.tuples(st.integers(5, 170), st.sampled_from(CASTS), st.sampled_from(PLACES)), min_size=1, max_size=14
).map(_plan)
"""Plans of few places and people, so that neighbours often belong together; lengths to a tenth of a second."""
