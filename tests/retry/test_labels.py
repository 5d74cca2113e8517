import json
import subprocess
import sys
from pathlib import Path

import pytest

from recoil_assets.domain.diagnosis.classify import classify
from recoil_assets.domain.failure import FailureFacts
from recoil_assets.domain.filter_label import FilterLabel, label_of
from recoil_assets.domain.request import GenerationRequest
from recoil_assets.domain.secrets import LEFT_OUT, without_secrets
from recoil_assets.production.label_ports import FilterLabels
from resources.filter_labels import FilterLabelFile
from tests.domain.samples import attempt
from tests.retry.cases import (
    AUTH,
    BAD_MEDIA,
    BOARD,
    FRAME,
    FRAME_BLOCK,
    IMAGE_BLOCK,
    JOE,
    MARA,
    OUTAGE,
    OUTPUT_BLOCK,
    PROMPT_BLOCK,
    QUAY,
    request,
    single,
)
from tests.retry.labels import label

FAL_KEY = "0f8fad5b-d9cb-469f-a165-70867728950e:7c9e6679f7425ab3e6679f7425ab3e66"
SIGNED = "https://user:pass@cdn.example/faces/mara.png?X-Amz-Signature=abc&token=def#frag"


def labelled(facts: FailureFacts, sent: GenerationRequest | None = None) -> FilterLabel | None:
    return label_of(attempt().intent, sent or request(), facts, classify(facts), at="2026-03-01T12:00:00Z")


@pytest.mark.parametrize("facts", [OUTAGE, AUTH, BAD_MEDIA, OUTPUT_BLOCK, FailureFacts()])
def test_what_is_no_hard_content_block_has_no_label(facts: FailureFacts) -> None:
    assert labelled(facts) is None


def test_the_label_of_a_refused_prompt_says_when_where_by_whom_and_what_was_sent() -> None:
    made = labelled(PROMPT_BLOCK)

    assert made is not None
    assert (made.at, made.episode, made.batch) == ("2026-03-01T12:00:00Z", "ep_001", "BATCH_001")
    assert (made.provider, made.model, made.shot_ids) == ("fal", "grand", ("SH10", "SH20", "SH30"))
    assert (made.stage, made.subject, made.error_type) == ("input", "prompt", "content_policy_violation")
    assert made.prompt == request().prompt
    assert made.confidence == classify(PROMPT_BLOCK).confidence
    assert made.pictures == ()


def test_the_label_of_a_refused_picture_says_which_it_may_be_and_not_the_prompt() -> None:
    several, frame = (
        labelled(IMAGE_BLOCK, request(references=(QUAY, BOARD, MARA, JOE))),
        labelled(FRAME_BLOCK, single()),
    )

    assert several is not None
    assert several.pictures == (MARA.path, JOE.path, QUAY.path, BOARD.path)
    assert (several.prompt, several.reason) == ("", "partner_validation_failed")
    assert frame is not None
    assert frame.pictures == (FRAME.path,)


def test_a_label_holds_no_key_and_no_url_with_credentials() -> None:
    facts = IMAGE_BLOCK.model_copy(
        update={"message": f"refused {SIGNED} for Key {FAL_KEY}", "location": "body.image_urls.0"}
    )
    of_url = labelled(facts, request(references=(MARA.model_copy(update={"path": SIGNED}),)))
    in_prompt = labelled(PROMPT_BLOCK, request(prompt=f"As in {SIGNED}, {FAL_KEY}"))

    assert of_url is not None
    assert in_prompt is not None
    for text in (of_url.model_dump_json(), in_prompt.model_dump_json()):
        assert "cdn.example/faces/mara.png" in text
        assert not any(secret in text for secret in ("pass", "Signature", "abc", "def", "7c9e66", "frag"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (SIGNED, "https://cdn.example/faces/mara.png"),
        ("data:image/png;base64,AAAA", f"data:{LEFT_OUT}"),
        (f"key {FAL_KEY}.", f"key {LEFT_OUT}."),
        ("sk_live_abcdefgh12345678", LEFT_OUT),
        ("Authorization: Bearer abcdefgh.ijkl", f"Authorization: Bearer {LEFT_OUT}"),
        ("https://[broken?token=1", LEFT_OUT),
        ("A key light, a token of love, a skeleton in data: all stay.", None),
        ("refs/characters/MARA.png", None),
    ],
)
def test_credentials_are_left_out_and_a_prompt_s_words_stay(text: str, expected: str | None) -> None:
    assert without_secrets(text) == (text if expected is None else expected)


def test_labels_come_back_in_order_one_json_object_a_line(tmp_path: Path) -> None:
    labels: FilterLabels = FilterLabelFile(tmp_path)
    assert labels.all() == ()

    labels.append(label(beat_id="one"))
    labels.append(label(beat_id="two", prompt="“Blood”\nand a\u2028separator"))

    assert [item.beat_id for item in labels.all()] == ["one", "two"]
    lines = (tmp_path / "filter_safety.jsonl").read_text(encoding="utf-8").split("\n")
    assert [json.loads(line)["beat_id"] for line in lines[:-1]] == ["one", "two"]
    assert labels.all()[1].prompt == "“Blood”\nand a\u2028separator"


def test_a_line_that_a_crash_tore_takes_no_other_with_it(tmp_path: Path) -> None:
    labels = FilterLabelFile(tmp_path)
    labels.append(label(beat_id="one"))
    with (tmp_path / "filter_safety.jsonl").open("ab") as file:
        file.write(b'{"at":"2026-03-01T12')

    labels.append(label(beat_id="two"))

    assert [item.beat_id for item in labels.all()] == ["one", "two"]


def test_several_processes_append_whole_lines(tmp_path: Path) -> None:
    count = 40
    command = [sys.executable, "-m", "tests.retry.label_child", str(tmp_path)]
    children = [
        subprocess.Popen([*command, name, str(count)], stdin=subprocess.PIPE) for name in ("a", "b", "c")
    ]
    for child in children:
        assert child.stdin is not None
        child.stdin.write(b"go\n")
        child.stdin.close()
    for child in children:
        child.wait(timeout=60)

    assert [child.returncode for child in children] == [0, 0, 0]
    written = [item.beat_id for item in FilterLabelFile(tmp_path).all()]
    assert sorted(written) == sorted(f"{name}.{number}" for name in "abc" for number in range(count))
    for name in "abc":
        assert [beat for beat in written if beat.startswith(name)] == [f"{name}.{n}" for n in range(count)]
