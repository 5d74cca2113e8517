import pytest

from recoil_assets.domain.diagnosis import table
from recoil_assets.domain.diagnosis.classify import classify
from recoil_assets.domain.diagnosis.mode import NATURE, FailureMode, FailureStage, Retryability, Subject
from recoil_assets.domain.failure import FailureFacts
from tests.retry.cases import FRAME_BLOCK, IMAGE_BLOCK, OUTPUT_BLOCK, PROMPT_BLOCK

(
    HARD_IN,
    SOFT_IN,
    HARD_OUT,
    SOFT_OUT,
    OUTAGE,
    TIMEOUT,
    RATE,
    INVALID,
    DOWNLOAD,
    BAD,
    AUTH,
    CANCELLED,
    UNKNOWN,
) = FailureMode
POLICY = "content_policy_violation"


def facts(
    error_type: str = "", *location: str | int, status: int | None = None, **more: object
) -> FailureFacts:
    return FailureFacts.model_validate(
        {"error_type": error_type, "location": ".".join(map(str, location)), "http_status": status, **more}
    )


@pytest.mark.parametrize(
    ("reported", "mode", "subject"),
    [
        (PROMPT_BLOCK, HARD_IN, Subject.PROMPT),
        (IMAGE_BLOCK, HARD_IN, Subject.IMAGE),
        (FRAME_BLOCK, HARD_IN, Subject.IMAGE),
        (OUTPUT_BLOCK, SOFT_OUT, Subject.VIDEO),
        (facts(POLICY, "body", "generated_audio", status=422), SOFT_OUT, Subject.AUDIO),
        (facts(POLICY, "body", "generated_video", status=422, reason="copyright"), HARD_OUT, Subject.VIDEO),
        (facts(POLICY, "body", "prompt", status=422, retryable_hint=True), SOFT_IN, Subject.PROMPT),
        (facts(POLICY, status=422), HARD_IN, Subject.UNSAID),
        (facts("no_media_generated", status=422), SOFT_OUT, Subject.UNSAID),
        (facts("internal_server_error", status=500), OUTAGE, Subject.UNSAID),
        (facts("downstream_service_error", status=400), OUTAGE, Subject.UNSAID),
        (facts("runner_scheduling_failure", status=503), OUTAGE, Subject.UNSAID),
        (facts("generation_timeout", status=504), TIMEOUT, Subject.UNSAID),
        (facts("request_timeout", status=504), TIMEOUT, Subject.UNSAID),
        (facts("startup_timeout", status=504), TIMEOUT, Subject.UNSAID),
        (facts("concurrent_requests_limit", status=429), RATE, Subject.UNSAID),
        (facts("image_too_small", "body", "image_url", status=422), INVALID, Subject.IMAGE),
        (facts("image_load_error", status=422), INVALID, Subject.IMAGE),
        (facts("video_duration_too_long", status=422), INVALID, Subject.VIDEO),
        (facts("missing", "body", "prompt", status=422), INVALID, Subject.PROMPT),
        (facts("value_error.const", "body", "duration", status=422), INVALID, Subject.UNSAID),
        (facts("bad_request", status=400), INVALID, Subject.UNSAID),
        (facts("file_download_error", "body", "image_urls", 1, status=422), DOWNLOAD, Subject.IMAGE),
        (facts("client_cancelled", status=499), CANCELLED, Subject.UNSAID),
        (facts("SAFETY.INPUT.TEXT"), HARD_IN, Subject.PROMPT),
        (facts("SAFETY.INPUT.IMAGE"), HARD_IN, Subject.IMAGE),
        (facts("SAFETY.OUTPUT.VIDEO"), HARD_OUT, Subject.VIDEO),
        (facts("INTERNAL.BAD_OUTPUT.CODE01"), BAD, Subject.UNSAID),
        (facts("INTERNAL"), OUTAGE, Subject.UNSAID),
        (facts("ASSET.INVALID"), INVALID, Subject.UNSAID),
        (facts("safety_blocked"), HARD_IN, Subject.UNSAID),
        (facts("model_timeout"), TIMEOUT, Subject.UNSAID),
        (facts("input_unreachable"), DOWNLOAD, Subject.UNSAID),
        (facts("insufficient_credits", status=402), AUTH, Subject.UNSAID),
        (facts("canceled"), CANCELLED, Subject.UNSAID),
        (facts("aborted"), TIMEOUT, Subject.UNSAID),
        (facts("RESOURCE_EXHAUSTED"), RATE, Subject.UNSAID),
        (facts("rai_media_filtered"), SOFT_OUT, Subject.VIDEO),
        (facts("no_media_in_result", status=200), BAD, Subject.UNSAID),
        (facts("bad_media"), BAD, Subject.UNSAID),
        (facts(status=401), AUTH, Subject.UNSAID),
        (facts(status=403), AUTH, Subject.UNSAID),
        (facts(status=429), RATE, Subject.UNSAID),
        (facts(status=422), INVALID, Subject.UNSAID),
        (facts(status=502), OUTAGE, Subject.UNSAID),
        (facts(status=599), OUTAGE, Subject.UNSAID),
        (facts(status=504), TIMEOUT, Subject.UNSAID),
        (facts("a_code_of_tomorrow", status=503), OUTAGE, Subject.UNSAID),
        (facts("a_code_of_tomorrow"), UNKNOWN, Subject.UNSAID),
        (facts(status=200), UNKNOWN, Subject.UNSAID),
        (facts(), UNKNOWN, Subject.UNSAID),
    ],
)
def test_a_failure_is_read_by_type_and_place_else_by_status(
    reported: FailureFacts, mode: FailureMode, subject: Subject
) -> None:
    failure = classify(reported)

    assert (failure.mode, failure.subject) == (mode, subject)
    assert failure.stage is NATURE[mode][0]


@pytest.mark.parametrize(
    ("message", "mode"),
    [
        ("400 The prompt did not pass moderation", HARD_IN),
        ("the job timed out", TIMEOUT),
        ("Request was throttled", RATE),
        ("something else", UNKNOWN),
    ],
)
def test_words_are_read_only_where_nothing_else_is_said(message: str, mode: FailureMode) -> None:
    assert classify(facts(message=message)).mode is mode
    assert classify(facts("image_too_small", message=message)).mode is INVALID
    assert classify(facts("a_code_of_tomorrow", message=message)).mode is UNKNOWN
    assert classify(facts(status=500, message=message)).mode is OUTAGE


def test_what_was_read_from_words_is_less_sure_than_a_status_and_that_less_than_a_type() -> None:
    told, status, typed = (
        classify(reported).confidence
        for reported in (facts(message="timeout"), facts(status=504), facts("generation_timeout"))
    )
    assert classify(facts()).confidence < told < status < typed


def test_a_block_that_does_not_say_where_is_less_sure_than_one_that_does() -> None:
    assert classify(facts(POLICY)).confidence < classify(PROMPT_BLOCK).confidence


@pytest.mark.parametrize(
    ("reported", "billable"),
    [
        (facts("internal_server_error", status=500), False),
        (facts("generation_timeout", status=504), False),
        (facts(status=429), False),
        (facts(status=401), False),
        (facts("runner_connection_refused"), False),
        (PROMPT_BLOCK, True),
        (OUTPUT_BLOCK, True),
        (facts("downstream_service_error", status=400), True),
        (facts("client_cancelled", status=499), True),
        (facts("model_timeout"), True),
        (facts("bad_media"), True),
        (facts(), True),
    ],
)
def test_only_what_rules_a_bill_out_says_that_there_can_be_none(
    reported: FailureFacts, billable: bool
) -> None:
    assert classify(reported).may_be_billed is billable


@pytest.mark.parametrize(
    ("reported", "expected"),
    [
        (facts("internal_error"), Retryability.UNCHANGED),
        (facts("internal_error", retryable_hint=False), Retryability.CHANGED),
        (facts("generation_timeout", retryable_hint=True), Retryability.UNCHANGED),
        (PROMPT_BLOCK, Retryability.CHANGED),
        (facts(POLICY, "body", "prompt", retryable_hint=True), Retryability.CHANGED),
        (facts("missing", retryable_hint=True), Retryability.CHANGED),
        (facts(status=401, retryable_hint=True), Retryability.PERSON),
        (facts("client_cancelled"), Retryability.PERSON),
    ],
)
def test_a_provider_may_say_that_sending_again_is_no_use_but_never_that_a_refused_request_may_go_again_as_it_is(
    reported: FailureFacts, expected: Retryability
) -> None:
    assert classify(reported).retryability is expected


def test_the_place_of_a_failure_is_kept() -> None:
    failure = classify(facts(POLICY, "body", "image_urls", 2))

    assert (failure.field, failure.index, failure.input_image) == ("image_urls", 2, True)
    assert not classify(OUTPUT_BLOCK).input_image
    assert classify(facts(POLICY, "promptImage")).field == "promptImage"


@pytest.mark.parametrize(
    ("field", "stage", "subject"),
    [
        ("prompt", FailureStage.INPUT, Subject.PROMPT),
        ("multi_prompt", FailureStage.INPUT, Subject.PROMPT),
        ("promptImage", FailureStage.INPUT, Subject.IMAGE),
        ("start_image_url", FailureStage.INPUT, Subject.IMAGE),
        ("reference_image_urls", FailureStage.INPUT, Subject.IMAGE),
        ("elements", FailureStage.INPUT, Subject.IMAGE),
        ("video_urls", FailureStage.INPUT, Subject.VIDEO),
        ("audio_urls", FailureStage.INPUT, Subject.AUDIO),
        ("generated_video", FailureStage.OUTPUT, Subject.VIDEO),
        ("output_image", FailureStage.OUTPUT, Subject.VIDEO),
    ],
)
def test_the_fields_of_all_endpoints_are_told_apart(
    field: str, stage: FailureStage, subject: Subject
) -> None:
    failure = classify(facts(POLICY, "body", field))

    assert (failure.stage, failure.subject) == (stage, subject)


def test_types_are_written_in_lower_case_and_every_mode_can_be_reported() -> None:
    assert [key for key in table.BY_TYPE if key != key.lower()] == []
    assert [key for key, _ in table.BY_FAMILY if key != key.lower()] == []
    reported = {reading.mode for reading in (*table.BY_TYPE.values(), *(item for _, item in table.BY_FAMILY))}
    assert reported | {SOFT_IN, UNKNOWN} == set(FailureMode) == set(NATURE)
