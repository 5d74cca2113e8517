"""FLORA over its wire, as far as it is known: what is sent, what comes back, and what it costs."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from recoil_assets.domain.diagnosis.classify import classify
from recoil_assets.domain.diagnosis.mode import FailureMode
from recoil_assets.domain.errors import PayloadBuildError, ProviderError, UsageError
from recoil_assets.domain.reference import Reference
from recoil_assets.production.event_loop import run_loop
from recoil_assets.production.ports import Billed, JobState, JobStatus, Provider, Submission
from resources.providers.flora.models import flora_models, flora_rates
from resources.providers.flora.provider import FloraProvider, open_flora
from resources.providers.flora.records import family
from tests.flora.fake import NGINX, PROJECT, WORKSPACE, FakeFlora, drop, half_an_answer, says
from tests.support.instant_provider import tiny_png
from tests.support.tiny_video import tiny_mp4

from .conftest import Open
from .samples import board, finished, made, picture, submitted, take

FACE, FACE_BYTES = picture("character", "MARA")
PLACE, PLACE_BYTES = picture("location", "KITCHEN")
FRAME, FRAME_BYTES = picture("start_frame", "SH0010")


def ended(provider: Provider, flora: FakeFlora, **ending: object) -> JobStatus:
    """How a take ends that comes to ``ending``."""
    flora.endings.append({"status": "failed", **ending})

    async def carry_through() -> JobStatus:
        return await finished(provider, await submitted(provider, take()), take())

    return run_loop(carry_through())


def test_it_is_a_provider(provider: FloraProvider) -> None:
    port: Provider = provider
    assert port.name == "flora"


def test_a_take_is_made_billed_and_fetched_and_the_key_goes_with_no_download(
    provider: FloraProvider, flora: FakeFlora, tmp_path: Path
) -> None:
    assert made(provider, take(), tmp_path) == tiny_mp4()
    assert flora.bill() == Decimal("1.0580")
    assert "media" not in flora.authorised
    assert len(flora.runs) == 1


def test_a_board_is_a_picture(provider: FloraProvider, flora: FakeFlora, tmp_path: Path) -> None:
    assert made(provider, board(), tmp_path).startswith(tiny_png(1))
    assert flora.runs[0].payload["params"] == {"aspect_ratio": "9:16", "resolution": "1K"}
    assert flora.bill() == Decimal("0.072")


def test_the_body_is_what_florass_document_allows_and_our_attempt_is_the_key(
    provider: FloraProvider, flora: FakeFlora
) -> None:
    run_loop(submitted(provider, take(), attempt="ep_001.SH0010.t01"))
    run = flora.runs[0]
    assert run.key == "ep_001.SH0010.t01"
    assert run.payload == {
        "type": "video",
        "prompt": "a kitchen",
        "model": "t2v-seedance-2.0-fast-enhancor",
        "workspace_id": WORKSPACE,
        "project_id": PROJECT,
        "params": {"aspect_ratio": "9:16", "resolution": "720p", "duration": "5"},
    }


def test_one_shot_goes_by_its_first_frame_and_several_by_their_references(
    provider: FloraProvider, flora: FakeFlora
) -> None:
    both = {"references": (FACE, PLACE), "start_frame": FRAME}
    pictures = (FACE_BYTES, PLACE_BYTES, FRAME_BYTES)
    run_loop(submitted(provider, take(**both), *pictures, attempt="one"))
    run_loop(submitted(provider, take(**both, modality="r2v_multi"), *pictures, attempt="two"))
    one, two = (run.payload for run in flora.runs)
    assert one["model"] == "i2v-seedance-2-fast-enhancor"
    assert flora.assets[one["params"]["image_url"].rpartition("/")[2]] == FRAME_BYTES.data
    assert two["model"] == "r2v-seedance-2.0-fast-enhancor"
    sent = [flora.assets[url.rpartition("/")[2]] for url in two["params"]["image_urls"]]
    assert sent == [FACE_BYTES.data, PLACE_BYTES.data]


def test_what_is_not_honoured_is_said_before_money_moves_and_on_the_take(provider: FloraProvider) -> None:
    wanted = take(references=(FACE, PLACE), start_frame=FRAME, end_frame=FRAME, audio=True, tier="pro")
    assert provider.fit(wanted).unhonoured == ("seed", "audio", "tier", "end_frame", "2 references")
    assert provider.fit(take(references=(FACE,))).unhonoured == ("seed",)

    async def left_out() -> object:
        submission = await submitted(provider, wanted, FRAME_BYTES, FACE_BYTES, PLACE_BYTES)
        return (await finished(provider, submission, wanted)).result["left_out_references"]

    assert run_loop(left_out()) == [FACE.path, PLACE.path]


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"duration_s": 15.2}, "15.2 s is longer than its 15 s"),
        ({"width": 1080, "height": 1920}, "its resolution is 1080p"),
        ({"aspect_ratio": "21:9"}, "its aspect ratio is 21:9"),
        ({"modality": "board"}, "does not make board"),
        (
            {"start_frame": Reference(role="start_frame", name="S", path="data:image/png;base64,AA")},
            "https addresses alone",
        ),
    ],
)
def test_what_a_model_can_not_make_is_refused_and_nothing_is_sent(
    facts: dict[str, object], said: str, provider: FloraProvider, flora: FakeFlora
) -> None:
    wanted = take(**facts)
    assert said in provider.fit(wanted).refusal
    with pytest.raises(PayloadBuildError, match=said.replace(".", r"\.")):
        run_loop(provider.prepare("attempt", wanted, ()))
    assert flora.seen == []


def test_lengths_are_whole_seconds_and_never_below_the_shortest(
    provider: FloraProvider, flora: FakeFlora
) -> None:
    for number, seconds in enumerate((0.5, 4.2, 15.0)):
        run_loop(submitted(provider, take(duration_s=seconds), attempt=str(number)))
    assert [run.payload["params"]["duration"] for run in flora.runs] == ["4", "5", "15"]


def test_a_model_that_is_not_in_the_table_is_refused_by_name(provider: FloraProvider) -> None:
    with pytest.raises(UsageError, match="no model 'sora'") as caught:
        provider.capabilities("sora")
    assert "flora-seedance-2.0" in caught.value.cure


def test_the_same_bytes_are_uploaded_once_and_again_when_flora_lost_them(
    provider: FloraProvider, flora: FakeFlora
) -> None:
    wanted = take(references=(FACE,))

    async def twice() -> JobStatus:
        await submitted(provider, wanted, FACE_BYTES, attempt="one")
        flora.endings.append({"status": "failed", "error_code": "input_unreachable", "charged_cost": 0})
        return await finished(provider, await submitted(provider, wanted, FACE_BYTES, attempt="two"), wanted)

    assert run_loop(twice()).failure is not None
    assert len(flora.assets) == 1
    run_loop(submitted(provider, wanted, FACE_BYTES, attempt="three"))
    assert len(flora.assets) == 2


def test_the_next_run_uses_what_this_one_uploaded(open_provider: Open, flora: FakeFlora) -> None:
    for attempt in ("one", "two"):
        run_loop(submitted(open_provider(), take(references=(FACE,)), FACE_BYTES, attempt=attempt))
    assert len(flora.assets) == 1
    first, second = (run.payload["params"]["image_urls"] for run in flora.runs)
    assert first == second


def test_a_large_picture_goes_to_a_signed_address_without_the_key(
    provider: FloraProvider, flora: FakeFlora
) -> None:
    large, data = picture("character", "LARGE", more=4_100_000)
    run_loop(submitted(provider, take(references=(large,)), data))
    assert list(flora.assets.values()) == [data.data]
    assert "signed" not in flora.authorised
    assert [route for route, _ in flora.seen][:4] == ["asset", "signed", "complete", "asset"]


def test_an_upload_that_breaks_is_made_again_and_one_that_is_refused_is_not(
    provider: FloraProvider, flora: FakeFlora
) -> None:
    flora.script["asset"].extend([drop, half_an_answer, says(503, body=NGINX)])
    run_loop(provider.prepare("attempt", take(references=(FACE,)), (FACE_BYTES,)))
    flora.script["asset"].append(says(400, "input_validation_error"))
    with pytest.raises(ProviderError, match="refused an upload"):
        run_loop(provider.prepare("attempt", take(references=(PLACE,)), (PLACE_BYTES,)))
    assert flora.posts() == 0


def test_a_reference_whose_bytes_are_not_at_hand_is_not_guessed(provider: FloraProvider) -> None:
    with pytest.raises(PayloadBuildError, match="not at hand"):
        run_loop(provider.prepare("attempt", take(references=(FACE,)), ()))


@pytest.mark.parametrize(
    ("code", "retryable"),
    [
        ("model_timeout", True),
        ("internal_error", True),
        ("safety_blocked", False),
        ("input_unreachable", False),
        ("something_new", None),
        ("", None),
    ],
)
def test_a_failed_run_says_why_in_floras_own_words(
    code: str, retryable: bool | None, provider: FloraProvider, flora: FakeFlora
) -> None:
    status = ended(provider, flora, error_code=code, error_message="it was not to be", charged_cost=0)
    assert status.state is JobState.FAILED
    assert status.failure is not None
    assert (status.failure.error_type, status.failure.retryable_hint) == (code, retryable)
    assert status.error == f"{code} it was not to be".strip()


@pytest.mark.parametrize(
    ("facts", "billed", "cost"),
    [
        ({"charged_cost": 0}, Billed.NO, Decimal(0)),
        ({"charged_cost": 0.4}, Billed.YES, Decimal("0.4")),
        ({}, Billed.UNKNOWN, None),
    ],
)
def test_whether_a_failed_run_was_charged_is_what_the_run_says_and_nothing_else(
    facts: dict[str, float], billed: Billed, cost: Decimal | None, provider: FloraProvider, flora: FakeFlora
) -> None:
    status = ended(provider, flora, error_code="safety_blocked", **facts)
    assert (status.billed, status.cost_usd) == (billed, cost)


def test_a_completed_run_without_a_video_is_a_failure(provider: FloraProvider, flora: FakeFlora) -> None:
    text = [{"output_id": "out", "type": "text", "url": "sorry"}]
    status = ended(provider, flora, status="completed", outputs=text)
    assert status.state is JobState.FAILED
    assert status.billed is Billed.YES, "FLORA named what it charged"
    assert "there is no video" in status.error
    assert status.failure is not None
    assert classify(status.failure).mode is FailureMode.BAD_MEDIA


def test_a_status_nobody_knows_is_asked_again_later_and_ends_nothing(
    provider: FloraProvider, flora: FakeFlora
) -> None:
    with pytest.raises(ProviderError, match="'paused'"):
        ended(provider, flora, status="paused")


def test_questions_are_asked_again_through_every_fault_that_passes(
    provider: FloraProvider, flora: FakeFlora, open_provider: Open
) -> None:
    submission = run_loop(submitted(provider, take()))
    flora.script["run"].extend(
        [drop, half_an_answer, says(500, "unknown_error"), says(503, body=NGINX), says(404, "not_found")]
    )
    assert run_loop(finished(open_provider(), submission, take())).state is JobState.COMPLETED


def test_a_run_that_flora_never_knows_is_no_failure_of_the_job(
    provider: FloraProvider, flora: FakeFlora
) -> None:
    with pytest.raises(ProviderError, match="does not know /runs/run_9999"):
        run_loop(provider.poll(Submission("run_9999"), take()))
    with pytest.raises(ProviderError, match="is not the id of a run"):
        run_loop(provider.poll(Submission("../workspaces"), take()))
    assert {path for route, path in flora.seen if route == "run"} == {"/api/v1/runs/run_9999"}


def test_media_whose_address_aged_is_asked_for_again(
    provider: FloraProvider, flora: FakeFlora, tmp_path: Path
) -> None:
    flora.script["media"].append(says(403, body=b"expired"))
    assert made(provider, take(), tmp_path) == tiny_mp4()


@pytest.mark.parametrize(
    "act",
    [half_an_answer, says(200, body=b"<html>busy</html>" * 9), says(200, body=tiny_mp4()[:700]), drop],
)
def test_media_that_is_cut_off_or_is_something_else_is_not_kept(
    act: object, provider: FloraProvider, flora: FakeFlora, tmp_path: Path
) -> None:
    flora.script["media"].append(act)  # type: ignore[arg-type]
    with pytest.raises(ProviderError):
        made(provider, take(), tmp_path)
    assert not (tmp_path / "take.part").exists()
    assert flora.bill() > 0, "what was paid for can still be fetched by a later run"


def test_a_run_can_not_be_stopped_and_that_is_said(provider: FloraProvider) -> None:
    with pytest.raises(ProviderError, match="no way to stop"):
        run_loop(provider.cancel(Submission("run_1"), take()))


def test_what_is_kept_of_a_job_is_json(provider: FloraProvider) -> None:
    job = run_loop(provider.prepare("attempt", take(), ()))
    assert json.loads(json.dumps(job.payload)) == job.payload
    assert job.endpoint == "seedance-2.0-fast-enhancor"


@pytest.mark.parametrize("name", list(flora_models()))
def test_every_endpoint_of_a_model_is_billed_under_the_name_that_its_price_has(name: str) -> None:
    model = flora_models()[name]
    (rate,) = [rate for rate in flora_rates() if rate.model == name]
    endpoints = [endpoint for endpoint in (model.text, model.image, model.images) if endpoint]
    assert {family(endpoint) for endpoint in endpoints} == {rate.endpoint}


def test_it_is_set_up_by_the_environment_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    assert open_flora() is None
    monkeypatch.setenv("FLORA_API_KEY", "sk_test_1")
    with pytest.raises(UsageError, match="FLORA_WORKSPACE_ID is not set"):
        open_flora()
    monkeypatch.setenv("FLORA_WORKSPACE_ID", "ws_1")
    monkeypatch.setenv("FLORA_PROJECT_ID", "ws_1")
    with pytest.raises(UsageError, match="FLORA_PROJECT_ID is ws_1"):
        open_flora()
    monkeypatch.setenv("FLORA_PROJECT_ID", "prj_1")
    assert open_flora() is not None
    monkeypatch.setenv("FLORA_BASE_URL", "http://example.com/api")
    with pytest.raises(UsageError, match="not https"):
        open_flora()
