from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from recoil_assets.domain.naming import TakeName, build_file_name, build_legacy_file_name
from recoil_assets.domain.reroll import (
    BeatFacts,
    KeptIdentity,
    PrimaryFacts,
    RerollCode,
    RerollFacts,
    RerollRefusedError,
    check_reroll,
)

REQUIRED, PRIMARY, SINGLE, SEGMENTS, REFS, COLLISION, IDENTITY = RerollCode
SHOTS = ("SH0010", "SH0020")


def name(
    take: int, *, shots: tuple[str, ...] = SHOTS, strategy: Any = "continuity", ordinal: int = 3
) -> TakeName:
    return TakeName(episode="ep_001", strategy=strategy, ordinal=ordinal, shot_ids=shots, take=take)


HEALTHY = PrimaryFacts(
    succeeded=True, media_present=True, file_name=build_file_name(name(2)), fingerprint="refs"
)
SIBLING = BeatFacts(
    beat_id="SH0030",
    succeeded=True,
    media_present=True,
    would_be_dispatched=False,
    kept_fingerprint="other refs",
    fingerprint="other refs",
)
KEPT = KeptIdentity(strategy="continuity", ordinal=3, shot_ids=SHOTS)
GOOD = RerollFacts(
    target="BATCH_001",
    episode="ep_001",
    shot_ids=SHOTS,
    primary=HEALTHY,
    fingerprint="refs",
    siblings=(SIBLING,),
    take=3,
)
CLEARED = replace(GOOD, primary=None, cleared_stale=True, kept_identity=KEPT)

Change = Callable[[RerollFacts], RerollFacts]


def with_primary(**facts: Any) -> Change:
    return lambda of: replace(of, primary=replace(of.primary or HEALTHY, **facts))


def with_sibling(**facts: Any) -> Change:
    return lambda of: replace(of, siblings=(*of.siblings, replace(SIBLING, beat_id="SH0040", **facts)))


def but(**facts: Any) -> Change:
    return lambda of: replace(of, **facts)


def refusal(of: RerollFacts) -> RerollRefusedError:
    with pytest.raises(RerollRefusedError) as raised:
        check_reroll(of)
    return raised.value


ORDINARY: list[tuple[RerollCode, Change, str]] = [
    (REQUIRED, but(target=""), "no beat was named"),
    (PRIMARY, but(scene_found=False), "no scene"),
    (PRIMARY, but(primary=None), "no primary take"),
    (PRIMARY, with_primary(succeeded=False), "did not succeed"),
    (PRIMARY, with_primary(media_present=False), "media is missing"),
    (PRIMARY, with_sibling(media_present=False), "SH0040"),
    (SINGLE, but(matching_beats=0), "means 0 beats"),
    (SINGLE, but(matching_beats=2), "means 2 beats"),
    (SINGLE, but(topology_unchanged=False), "other beats than the plan"),
    (SINGLE, with_sibling(succeeded=False, would_be_dispatched=True), "SH0040"),
    (SEGMENTS, but(shot_ids=("SH0010",)), "SH0010, SH0020"),
    (SEGMENTS, but(shot_ids=tuple(reversed(SHOTS))), "SH0020, SH0010"),
    (SEGMENTS, with_primary(file_name="final_cut.mp4"), "does not tell"),
    (REFS, but(fingerprint="repainted"), "BATCH_001"),
    (REFS, but(fingerprint=""), "BATCH_001"),
    (REFS, but(fingerprint=None), "BATCH_001"),
    (REFS, with_primary(fingerprint=""), "BATCH_001"),
    (REFS, with_sibling(fingerprint="repainted"), "SH0040"),
    (REFS, with_sibling(fingerprint=None), "SH0040"),
    (COLLISION, but(taken_names=frozenset({build_file_name(name(3))})), "t003.mp4"),
    (COLLISION, but(taken_names=frozenset({build_legacy_file_name(name(3))})), "_T03.mp4"),
    (COLLISION, but(episode="pilot"), "no episode number"),
]
CLEARED_STALE: list[tuple[RerollCode, Change, str]] = [
    (REQUIRED, but(target=""), "no beat was named"),
    (PRIMARY, but(scene_found=False), "no scene"),
    (PRIMARY, with_sibling(media_present=False), "SH0040"),
    (SINGLE, but(matching_beats=2), "means 2 beats"),
    (SINGLE, but(topology_unchanged=False), "other beats than the plan"),
    (SINGLE, with_sibling(succeeded=False, would_be_dispatched=True), "SH0040"),
    (REFS, but(fingerprint=None), "BATCH_001"),
    (REFS, with_sibling(fingerprint="repainted"), "SH0040"),
    (COLLISION, but(taken_names=frozenset({build_file_name(name(3))})), "t003.mp4"),
    (COLLISION, but(taken_names=frozenset({build_legacy_file_name(name(3))})), "_T03.mp4"),
    (COLLISION, but(episode="pilot"), "no episode number"),
    (IDENTITY, but(kept_identity=None), "no usable grouping identity"),
    (IDENTITY, but(shot_ids=(), kept_identity=KEPT.model_copy(update={"shot_ids": ()})), "no usable"),
]


def test_the_codes_are_those_of_the_table_in_its_order() -> None:
    assert [code.value for code in RerollCode] == [
        "reroll_preflight_required",
        "reroll_requires_succeeded_primary",
        "new_take_requires_single_r2v_multi_beat",
        "reroll_segment_drift",
        "reroll_refs_drifted",
        "reroll_collision",
        "reroll_identity_unresolvable",
    ]


@pytest.mark.parametrize(("code", "change", "says"), ORDINARY)
def test_a_reroll_is_refused_with_the_code_of_what_is_wrong(
    code: RerollCode, change: Change, says: str
) -> None:
    refused = refusal(change(GOOD))

    assert (refused.code, refused.reason, refused.exit_code) == (code, code.value, 3)
    assert says in refused.message
    assert refused.cure


@pytest.mark.parametrize(("code", "change", "says"), CLEARED_STALE)
def test_a_reroll_after_a_stale_primary_was_released_is_refused_likewise(
    code: RerollCode, change: Change, says: str
) -> None:
    refused = refusal(change(CLEARED))

    assert refused.code is code
    assert says in refused.message
    assert refused.cure


IN_ORDER: list[tuple[RerollCode, Change]] = [
    (REQUIRED, but(target="")),
    (PRIMARY, with_sibling(media_present=False)),
    (SINGLE, but(matching_beats=2)),
    (SEGMENTS, but(shot_ids=tuple(reversed(SHOTS)))),
    (REFS, but(fingerprint=None)),
    (COLLISION, but(episode="pilot")),
    (IDENTITY, but(kept_identity=None)),
]
"""One thing that is wrong for each code; none takes another back."""


@pytest.mark.parametrize("good", [GOOD, CLEARED], ids=["ordinary", "cleared"])
def test_of_all_that_is_wrong_the_first_of_the_table_is_said(good: RerollFacts) -> None:
    skipped = SEGMENTS if good.uses_kept_identity else IDENTITY
    of_form = [(code, change) for code, change in IN_ORDER if code is not skipped]
    for start, (code, _) in enumerate(of_form):
        wrong = good
        for _, change in of_form[start:]:
            wrong = change(wrong)
        assert refusal(wrong).code is code


def test_more_shots_than_a_take_can_have_are_no_single_beat() -> None:
    seven = tuple(f"SH{number:04d}" for number in range(7))

    assert refusal(replace(GOOD, shot_ids=seven)).code is SINGLE
    assert refusal(replace(CLEARED, shot_ids=seven)).code is SINGLE


@pytest.mark.parametrize("strategy", ["continuity", "coverage", "oner", "solo"])
def test_a_take_of_any_grouping_is_rerolled_under_the_name_its_primary_has(strategy: Any) -> None:
    shots = SHOTS[:1] if strategy == "solo" else SHOTS
    primary = replace(HEALTHY, file_name=build_file_name(name(2, strategy=strategy, shots=shots, ordinal=7)))

    made = check_reroll(replace(GOOD, primary=primary, shot_ids=shots))

    assert made == name(3, strategy=strategy, shots=shots, ordinal=7)


def test_a_take_of_the_older_name_form_is_rerolled_too() -> None:
    primary = replace(HEALTHY, file_name=build_legacy_file_name(name(2)))

    assert check_reroll(replace(GOOD, primary=primary)).strategy == "coverage"


def test_a_released_primary_is_not_compared_with_and_the_kept_identity_names_the_take() -> None:
    drifted = replace(CLEARED, fingerprint="repainted")
    failed = replace(drifted, primary=replace(HEALTHY, succeeded=False, file_name="anything.mp4"))

    assert check_reroll(drifted) == check_reroll(failed) == name(3)


def test_the_shots_of_the_kept_identity_name_the_take_where_the_beat_tells_none() -> None:
    assert check_reroll(replace(CLEARED, shot_ids=())) == name(3)


def test_a_marker_beside_a_healthy_primary_changes_nothing() -> None:
    marked = replace(GOOD, cleared_stale=True, kept_identity=None)

    assert check_reroll(marked) == name(3)
    assert refusal(replace(marked, fingerprint="repainted")).code is REFS


def test_a_sibling_that_never_succeeded_and_is_not_to_be_rendered_is_no_obstacle() -> None:
    exhausted = replace(SIBLING, beat_id="SH0050", succeeded=False, media_present=False, fingerprint=None)

    assert check_reroll(replace(GOOD, siblings=(exhausted,))) == name(3)
