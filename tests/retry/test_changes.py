from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from recoil_assets.domain.request import GenerationRequest
from recoil_assets.domain.retry.change import (
    CostTier,
    DropReferences,
    RequestChange,
    SetAudio,
    SetLengths,
    SetSeed,
    SoftenPrompt,
    Step,
    StrategyName,
    UseModel,
    UseReferencesOnly,
    apply_changes,
)
from recoil_assets.domain.retry.softening import Softening
from resources.retry_data import shipped_ladders, shipped_softening
from tests.retry.cases import BOARD, FRAME, JOE, MARA, QUAY, SOFTENING, request, single

PATHS = [item.path for item in (MARA, JOE, QUAY, BOARD, FRAME)]
WORDS = st.sampled_from(
    [
        "blood",
        "Blood",
        "BLOOD",
        "gun",
        "gun-shy",
        "\u017ftone",
        "quay",
        "“gun blood”",
        "“",
        "”",
        "\n",
        "Nothing graphic.",
        "é",
    ]
)
PROMPTS = st.lists(WORDS, max_size=8).map(" ".join) | st.text(max_size=30)


@st.composite
def softenings(draw: st.DrawFn) -> Softening:
    listed = draw(st.lists(st.sampled_from(["blood", "gun", "quay", "stone", "k"]), unique=True))
    milder = draw(st.lists(st.sampled_from(["red paint", "prop", "it's", "X-ray"]), min_size=5, max_size=5))
    preamble = draw(st.sampled_from(["Nothing graphic.", "Be mild", "é ß"]))
    return Softening(preamble=preamble, replacements=dict(zip(listed, milder, strict=False)))


STEPS: st.SearchStrategy[Step] = st.one_of(
    st.builds(SetSeed, seed=st.integers(0, 2**31 - 1)),
    st.builds(SoftenPrompt, softening=softenings()),
    st.builds(DropReferences, paths=st.lists(st.sampled_from(PATHS), max_size=3).map(tuple)),
    st.builds(SetAudio, audio=st.booleans()),
    st.builds(UseModel, model=st.sampled_from(["grand", "other"]), tier=st.sampled_from(["", "pro"])),
    st.builds(
        SetLengths,
        lengths_s=st.lists(
            st.tuples(st.sampled_from(["SH10", "SH20", "SH99"]), st.floats(0.5, 9)), max_size=3
        ).map(tuple),
    ),
    st.builds(UseReferencesOnly, keep_start_frame=st.booleans()),
)
REQUESTS = st.builds(
    lambda make, prompt, tier, references: make(
        prompt=prompt, tier=tier, references=references, provider_hints={"tier": tier} if tier else {}
    ),
    make=st.sampled_from([request, single]),
    prompt=PROMPTS,
    tier=st.sampled_from(["", "pro"]),
    references=st.sampled_from([(), (MARA,), (MARA, QUAY, BOARD), (FRAME, JOE)]),
)


def change(*steps: Step) -> RequestChange:
    return RequestChange(strategy=StrategyName.RESEED, cost_tier=CostTier.SAME, steps=steps)


@given(asked=REQUESTS, step=STEPS)
def test_a_change_applied_twice_is_a_change_applied_once(asked: GenerationRequest, step: Step) -> None:
    once = change(step).apply(asked)

    assert change(step).apply(once) == once
    assert apply_changes(asked, [change(step), change(step)]).digest == once.digest


@given(asked=REQUESTS, steps=st.lists(STEPS, max_size=5))
def test_changes_apply_in_order_and_leave_the_base_as_it_is(
    asked: GenerationRequest, steps: list[Step]
) -> None:
    before, expected = asked.digest, asked
    for step in steps:
        expected = step.apply(expected)

    assert apply_changes(asked, [change(step) for step in steps]) == expected
    assert change(*steps).apply(asked) == expected
    assert asked.digest == before


@given(steps=st.lists(STEPS, max_size=4))
def test_a_change_comes_back_from_what_is_written_of_it(steps: list[Step]) -> None:
    made = change(*steps)

    assert RequestChange.model_validate_json(made.model_dump_json()) == made


def test_what_is_no_step_is_refused() -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(RequestChange).validate_python(
            {"strategy": "reseed", "cost_tier": "same", "steps": [{"kind": "set_price", "usd": 0}]}
        )


def test_the_later_of_two_seeds_is_sent_where_the_model_looks_for_it() -> None:
    made = apply_changes(request(), [change(SetSeed(seed=1)), change(SetSeed(seed=2))])

    assert (made.seed, made.provider_hints["seed"]) == (2, 2)


def test_a_tier_is_sent_where_the_model_looks_for_it_and_goes_with_it() -> None:
    pro = UseModel(model="grand", tier="pro").apply(request())
    plain = UseModel(model="other").apply(pro)

    assert (pro.model, pro.tier, pro.provider_hints) == ("grand", "pro", {"seed": 7, "tier": "pro"})
    assert (plain.model, plain.tier, plain.provider_hints) == ("other", "", {"seed": 7})


def test_a_softened_prompt_has_a_preamble_and_milder_words_but_no_line_of_the_script_is_altered() -> None:
    made = SoftenPrompt(softening=SOFTENING).apply(request())

    assert made.prompt == "Nothing graphic.\nShot 1: Red paint on the quay.\nMARA says: “There is blood.”"
    assert made.shots[0].description == "Red paint on the quay."
    assert made.shots[0].dialogue == ("MARA: There is blood.",)


def test_parts_of_words_are_not_softened() -> None:
    assert SOFTENING.words("bloodhound, gun-shy, begun") == "bloodhound, prop-shy, begun"


@pytest.mark.parametrize(
    "wrong",
    [
        {"preamble": ""},
        {"preamble": "No blood is shown.", "replacements": {"blood": "paint"}},
        {"preamble": "Two\nlines."},
        {"preamble": "A “quoted” word."},
        {"preamble": "Mild.", "replacements": {"blood": "red gun", "gun": "prop"}},
        {"preamble": "Mild.", "replacements": {"Blood": "paint"}},
        {"preamble": "Mild.", "replacements": {"two words": "paint"}},
        {"preamble": "Mild.", "replacements": {"blood": ""}},
        {"preamble": "Mild.", "replacements": {"blood": "“paint”"}},
    ],
)
def test_a_list_whose_result_would_be_softened_again_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Softening.model_validate(wrong)


def test_dropped_references_leave_the_others_in_order_and_the_frames_alone() -> None:
    made = DropReferences(paths=(MARA.path, FRAME.path)).apply(single(references=(QUAY, MARA, JOE)))

    assert made.references == (QUAY, JOE)
    assert made.start_frame == FRAME


def test_shorter_shots_make_a_shorter_request() -> None:
    made = SetLengths(lengths_s=(("SH10", 2.5), ("SH30", 1.0))).apply(request())

    assert [shot.duration_s for shot in made.shots] == [2.5, 3.0, 1.0]
    assert made.duration_s == 6.5


@pytest.mark.parametrize(("keep", "references"), [(True, (FRAME, MARA)), (False, (MARA,))])
def test_without_frames_the_start_frame_goes_or_leads_the_references(
    keep: bool, references: tuple[object, ...]
) -> None:
    made = UseReferencesOnly(keep_start_frame=keep).apply(single(references=(MARA,), end_frame=FRAME))

    assert (made.modality, made.start_frame, made.end_frame) == ("r2v_multi", None, None)
    assert made.references == references


def test_what_ships_is_a_list_that_softens_once_and_names_models_of_the_price_book() -> None:
    softening = shipped_softening()

    assert softening.words("Shot 1 (MS, 3 s): she takes the gun.") == "Shot 1 (MS, 3 s): she takes the prop."
    assert [[rung.model for rung in ladder] for ladder in shipped_ladders()] == [
        ["seedance-2.0-fast", "seedance-2.0"]
    ]
