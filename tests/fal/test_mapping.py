"""Models are a table: what a quote says of a request and what is sent come from one mapping."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recoil_assets.domain.errors import PayloadBuildError, UsageError
from recoil_assets.domain.price import estimate
from recoil_assets.domain.request import RequestShot
from resources.price_book import shipped_price_book
from resources.providers.fal.mapping import map_request, share_seconds
from resources.providers.fal.models import Endpoint, endpoints
from resources.providers.fal.provider import FalProvider
from resources.providers.fal.wire import FalHosts
from tests.domain.samples import reference
from tests.fal.fake.server import FakeFal
from tests.fal.samples import at_fal, image, png, request, run

START = reference("refs/start.png", "b" * 64, role="start_frame", name="SH0010")
END = reference("refs/end.png", "c" * 64, role="end_frame", name="SH0010")
VIDEO_MODELS = sorted({item.model for found in endpoints().values() for item in found if item.duration})
PROVIDER = at_fal(FalHosts(), Path("nowhere"))


def refs(count: int) -> tuple[object, ...]:
    return tuple(
        reference(f"refs/{number}.png", f"{number:064d}", name=f"P{number}") for number in range(count)
    )


@pytest.mark.parametrize(
    ("modality", "changes", "endpoint"),
    [
        ("r2v_multi", {}, "bytedance/seedance-2.0/reference-to-video"),
        ("video_i2v", {}, "bytedance/seedance-2.0/reference-to-video"),
        ("video_i2v", {"start_frame": START}, "bytedance/seedance-2.0/image-to-video"),
        ("r2v_multi", {"start_frame": START}, "bytedance/seedance-2.0/reference-to-video"),
        ("r2v_multi", {"start_frame": START, "references": ()}, "bytedance/seedance-2.0/image-to-video"),
        ("r2v_multi", {"references": ()}, "bytedance/seedance-2.0/text-to-video"),
    ],
)
def test_one_model_goes_to_the_endpoint_that_takes_what_the_request_has(
    modality: str, changes: dict[str, object], endpoint: str
) -> None:
    assert map_request(request(modality=modality, **changes)).endpoint.endpoint == endpoint


def test_a_request_in_seedances_words() -> None:
    mapped = map_request(
        request(references=(*refs(2), reference("b.png", "d" * 64, role="board", name="B1")))
    )
    urls = {item.path: f"https://v3.fal.media/{item.path}" for item in mapped.images}
    assert mapped.payload(urls) == {
        "prompt": "Maren turns.\n@Image1 shows P0.\n@Image2 shows P1.\n"
        "@Image3 is the storyboard: follow its panels in order, and show none of its lettering.",
        "image_urls": [f"https://v3.fal.media/{path}" for path in ("refs/0.png", "refs/1.png", "b.png")],
        "duration": "6",
        "resolution": "720p",
        "aspect_ratio": "9:16",
        "generate_audio": False,
        "seed": 7,
    }


def test_frames_have_each_endpoints_own_names() -> None:
    framed = {"modality": "video_i2v", "start_frame": START, "end_frame": END, "references": ()}
    names = {}
    for model in ("seedance-2.0", "kling-v3-pro", "wan-2.7"):
        fields = map_request(request(model=model, **framed)).fields
        names[model] = {name for name, value in fields.items() if value in (START, END)}
    assert names == {
        "seedance-2.0": {"image_url", "end_image_url"},
        "kling-v3-pro": {"start_image_url", "end_image_url"},
        "wan-2.7": {"image_url", "end_image_url"},
    }


@pytest.mark.parametrize(
    ("model", "seconds", "written"),
    [
        ("seedance-2.0", 6.0, "6"),
        ("seedance-2.0", 2.5, "4"),
        ("kling-o3-pro", 6.2, "7"),
        ("veo-3.1", 5.0, "8s"),
        ("seedance-2.5", 29.5, "30"),
        ("wan-2.7", 5.0, 5),
    ],
)
def test_a_length_is_the_next_that_is_offered_written_as_the_endpoint_wants_it(
    model: str, seconds: float, written: object
) -> None:
    mapped = map_request(request(model=model, duration_s=seconds))
    assert mapped.fields["duration"] == written


def test_the_first_and_the_last_frame_are_both_needed_where_an_endpoint_goes_between_them() -> None:
    framed = {"model": "veo-3.1-fast", "modality": "video_i2v", "references": ()}
    assert map_request(request(**framed, start_frame=START, end_frame=END, duration_s=4.5)).fields == {
        "prompt": "Maren turns.",
        "first_frame_url": START,
        "last_frame_url": END,
        "duration": "6s",
        "resolution": "720p",
        "aspect_ratio": "9:16",
        "generate_audio": False,
    }
    fit = PROVIDER.fit(request(**framed, start_frame=START))
    assert fit.refusal == "needs start frame with end frame, and the beat has none"


def test_what_was_never_read_on_fals_own_page_is_said_where_it_would_be_sent() -> None:
    framed = {"modality": "video_i2v", "start_frame": START, "references": ()}
    said = {}
    for model in ("kling-o3-standard", "kling-v3-turbo-pro", "veo-3.1-fast", "seedance-2.0"):
        unhonoured = PROVIDER.fit(request(model=model, end_frame=END, **framed)).unhonoured
        said[model] = [item for item in unhonoured if "unverified" in item]
    said["seedance-2.5"] = [
        item for item in PROVIDER.fit(request(model="seedance-2.5")).unhonoured if "unverified" in item
    ]
    doubt = "unverified fields, which fal may not act on: "
    assert said == {
        "kling-o3-standard": [f"{doubt}image_url, end_image_url, duration, generate_audio"],
        "kling-v3-turbo-pro": [f"{doubt}image_url, duration"],
        "veo-3.1-fast": [],
        "seedance-2.0": [],
        "seedance-2.5": [f"{doubt}image_urls, duration, resolution, aspect_ratio, generate_audio"],
    }


@pytest.mark.parametrize(
    "item", [item for found in endpoints().values() for item in found], ids=lambda item: item.endpoint
)
def test_what_is_called_unverified_is_a_field_of_its_row(item: Endpoint) -> None:
    parts = (item.references, item.duration, item.resolution, item.aspect_ratio, item.multi_shot)
    fields = {part.field for part in parts if part} | {
        item.start_frame,
        item.end_frame,
        item.audio,
        item.seed,
    }
    assert set(item.unverified) <= fields - {""}


def test_a_length_that_is_rounded_up_is_said_and_one_that_is_too_long_is_refused() -> None:
    assert "2.5 s (it makes 4 s)" in PROVIDER.fit(request(duration_s=2.5)).unhonoured
    assert PROVIDER.fit(request(duration_s=15.5)).refusal == "15.5 s is longer than its 15 s"
    assert PROVIDER.fit(request(model="wan-2.7", duration_s=12.0)).refusal == "12 s is longer than its 10 s"


def test_no_endpoint_is_ever_asked_to_choose_the_length_itself() -> None:
    lengths = [item.duration for found in endpoints().values() for item in found if item.duration]
    assert all("auto" not in map(str, length.offered) for length in lengths)


@pytest.mark.parametrize("model", VIDEO_MODELS)
@settings(max_examples=60, deadline=None)
@given(
    duration_s=st.floats(0.1, 20.0, allow_nan=False),
    resolution=st.sampled_from([(480, 854), (540, 960), (720, 1280), (1080, 1920)]),
    audio=st.booleans(),
    has_frame=st.booleans(),
    modality=st.sampled_from(["video_i2v", "r2v_multi"]),
)
def test_what_is_made_is_never_longer_than_what_the_price_was_computed_from(
    model: str,
    duration_s: float,
    resolution: tuple[int, int],
    audio: bool,
    has_frame: bool,
    modality: str,
) -> None:
    asked = request(
        model=model,
        duration_s=duration_s,
        width=resolution[0],
        height=resolution[1],
        audio=audio,
        modality=modality,
        start_frame=START if has_frame else None,
    )
    try:
        mapped = map_request(asked)
    except PayloadBuildError:
        return
    quoted = estimate(asked, shipped_price_book().known(model))
    assert mapped.seconds is not None
    assert quoted.usd is not None
    assert quoted.billed_s >= mapped.seconds


def test_resolution_is_never_lowered_and_a_shape_that_is_not_offered_is_refused() -> None:
    higher = PROVIDER.fit(request(width=540, height=960))
    assert "540p (it makes 720p)" in higher.unhonoured
    assert PROVIDER.fit(request(model="seedance-2.0-fast", width=1080, height=1920)).refusal == (
        "makes 720p at most, not 1080p"
    )
    assert PROVIDER.fit(request(aspect_ratio="4:5")).refusal == "does not make 4:5"


def test_everything_that_is_asked_for_and_not_acted_on_is_said() -> None:
    fit = PROVIDER.fit(
        request(
            model="veo-3.1",
            duration_s=8.0,
            fps=25,
            tier="std",
            start_frame=START,
            end_frame=END,
            element_config={"x": 1},
            generation_config={"resolution": "720p", "format_mode": "wide"},
            references=refs(5),
        )
    )
    assert set(fit.unhonoured) == {
        "25 fps (it makes 24)",
        "start_frame",
        "end_frame",
        "seed",
        "tier",
        "element_config",
        "generation_config.format_mode",
        "2 references too many (P3, P4)",
    }


def test_of_too_many_references_the_board_is_sent() -> None:
    board = reference("b.png", "d" * 64, role="board", name="B1")
    mapped = map_request(request(references=(*refs(12), board)))
    assert len(mapped.references) == 9
    assert board in mapped.references
    assert [item.name for item in mapped.left_out] == ["P8", "P9", "P10", "P11"]


def test_a_model_that_needs_an_image_is_refused_without_one() -> None:
    assert PROVIDER.fit(request(model="kling-o3-pro", references=())).refusal == (
        "needs references, and the beat has none"
    )
    assert PROVIDER.fit(request(model="kling-v3-pro")).refusal == "does not make r2v_multi"


def test_a_model_that_fal_does_not_have_is_a_usage_error_with_the_names_that_exist() -> None:
    with pytest.raises(UsageError, match="kling-o3-pro"):
        PROVIDER.capabilities("mystery")


SHOTS = tuple(
    RequestShot(shot_id=f"SH{number}", shot_type="MS", duration_s=seconds)
    for number, seconds in enumerate((2.0, 1.0, 3.0), start=1)
)
SHOT_PROMPT = "Gothic.\nShot 1 (MS, 2 s): she turns\nShot 2 (CU, 1 s): a hand\nShot 3 (WS, 3 s): the sea"


def test_shots_go_one_by_one_where_the_endpoint_takes_them_so() -> None:
    fields = map_request(request(model="kling-o3-pro", shots=SHOTS, prompt=SHOT_PROMPT)).fields
    assert "prompt" not in fields
    assert fields["shot_type"] == "customize"
    assert [shot["duration"] for shot in fields["multi_prompt"]] == ["2", "1", "3"]
    assert fields["multi_prompt"][2]["prompt"] == ("Gothic.\n@Image1 shows MAREN.\nShot 3 (WS, 3 s): the sea")


@pytest.mark.parametrize("prompt", ["One prompt without shots.", SHOT_PROMPT.replace("she turns", "x" * 600)])
def test_a_prompt_that_can_not_be_cut_into_shots_goes_as_one(prompt: str) -> None:
    fields = map_request(request(model="kling-o3-pro", shots=SHOTS, prompt=prompt)).fields
    assert fields["prompt"].startswith(prompt)
    assert "multi_prompt" not in fields


@settings(deadline=None)
@given(
    st.lists(st.floats(0.1, 15.0), min_size=1, max_size=6).flatmap(
        lambda lengths: st.tuples(st.just(lengths), st.integers(len(lengths), 15))
    )
)
def test_seconds_are_shared_whole_with_one_at_least_for_each_shot(case: tuple[list[float], int]) -> None:
    lengths, total = case
    shares = share_seconds(lengths, total)
    assert (sum(shares), min(shares) >= 1, len(shares)) == (total, True, len(lengths))


def test_every_endpoint_is_in_the_price_book_and_every_fal_rate_has_an_endpoint() -> None:
    book = {rate.model: rate for rate in shipped_price_book().rates if rate.provider == "fal"}
    assert book.keys() == endpoints().keys()
    for model, found in endpoints().items():
        assert {modality for item in found for modality in item.makes} == set(book[model].modalities)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (png(size=(200, 200)), "200 x 200"),
        (png(size=(3000, 300)), "too long"),
    ],
)
def test_images_that_the_endpoint_does_not_take_are_refused_before_anything_is_sent(
    fal: FakeFal, provider: FalProvider, data: bytes, why: str
) -> None:
    described, sent = image(data=data)
    with pytest.raises(PayloadBuildError, match=why) as refused:
        run(provider.prepare("a", request(references=(described,)), (sent,)))
    assert refused.value.cure
    assert fal.seen == []


def test_the_attempt_is_named_in_a_field_that_is_stored_where_there_is_one(provider: FalProvider) -> None:
    job = run(provider.prepare("ep_001.take.1", request(), (image()[1],)))
    assert job.payload["end_user_id"] == "ep_001.take.1"
    assert job.endpoint == "bytedance/seedance-2.0/reference-to-video"
