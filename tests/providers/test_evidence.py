"""Whatever a provider says, wherever it says it, has no key in it, and no address that opens something."""

import json
import logging
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from urllib.parse import quote

import httpx
import pytest

from recoil_assets.production.ports import JobState, Submission
from resources.providers.evidence import evidence_of, shown_address, without_queries
from resources.providers.exchange import NoAnswerError
from resources.providers.fal.asking import asking
from resources.providers.fal.billing import Rates
from resources.providers.fal.jobs import read_job
from resources.providers.fal.submitting import _read
from resources.providers.fal.wire import FalHosts, answer_of
from resources.providers.secret import Secret
from tests.fal.samples import run
from tests.support.files_served import Answer, serving

HALF = "fal-secret-0123456789abcdef"
KEY = f"fal-secret-id:{HALF}"
SECRET = Secret(KEY, name="FAL_KEY")
SIGNED = "https://v3.fal.media/in.png?X-Signature=opens-the-file&e=1"


def quoting(status: int, document: object, *names: str) -> Answer:
    """Says the key in the headers ``names`` and others, in every spelling, and then ``document``."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        data = json.dumps(document).encode()
        handler.send_response(status)
        for name in (*names, "x-fal-request-id", "retry-after", "x-echo"):
            handler.send_header(name, f"Key {KEY}")
        handler.send_header("x-echo", f"token={quote(KEY, safe='')}")
        handler.send_header("x-odd", "\xe9\xff")
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)

    return answer


@pytest.fixture
def server() -> Iterator[str]:
    error = {"detail": [{"loc": ["body", KEY], "type": "odd", "msg": f"{KEY} of {SIGNED}"}]}
    answers = {
        "/status": quoting(200, {"status": "COMPLETED"}),
        "/failed": quoting(422, error, "x-fal-error-type"),
        "/out": quoting(502, {"detail": f"{KEY} came by {SIGNED}"}),
    }
    with serving(answers) as address:
        yield address


async def asked_for_a_job(server: str) -> str:
    handles = {"status_url": f"{server}/status", "response_url": f"{server}/failed?token={KEY}"}
    async with asking(server, SECRET, None) as asker:
        status = await read_job(asker, Submission("req-1", handles), Rates(SECRET, FalHosts.behind(server)))
    assert status.state is JobState.FAILED
    assert "odd" in status.error
    return repr(status)


async def asked_in_vain(server: str) -> str:
    async with asking(server, SECRET, None) as asker:
        with pytest.raises(NoAnswerError) as caught:
            await asker._once("GET", f"{server}/out?token={KEY}&signature=opens-the-file", None, None, None)
    return str(caught.value)


@pytest.mark.parametrize("ask", [asked_for_a_job, asked_in_vain])
def test_neither_what_is_kept_of_a_job_nor_what_is_said_of_an_outage_has_a_secret(
    ask: object, server: str
) -> None:
    kept = run(ask(server))  # type: ignore[operator]
    assert HALF not in kept
    assert "opens-the-file" not in kept


def test_the_libraries_own_logs_have_neither_a_quoted_key_nor_a_signature(
    server: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    run(asked_in_vain(server))
    assert "httpcore" in caplog.text
    assert f"GET {server}/out " in caplog.text
    assert HALF not in caplog.text
    assert "opens-the-file" not in caplog.text


def test_headers_body_and_line_are_clean_in_every_spelling_and_nothing_else_is_lost() -> None:
    headers = httpx.Headers([("a", KEY), ("a", quote(KEY, safe="")), ("c", HALF)])
    headers = httpx.Headers([*headers.raw, (b"b", b"\xe9")])
    evidence = evidence_of(401, headers, json.dumps({"detail": f"{KEY} {SIGNED}"}).encode(), SECRET)
    assert evidence.headers.get_list("a") == ["<secret>", "<secret>"]
    assert evidence.headers["c"] == "<secret>"
    assert evidence.headers["b"] == "\xe9"
    assert evidence.said == "401 <secret> https://v3.fal.media/in.png?<hidden>"
    assert HALF not in repr(evidence)


def test_an_address_of_a_job_that_quotes_the_key_is_not_kept_and_fals_own_is_asked_instead() -> None:
    said = {"request_id": "req-1", "status_url": f"https://queue.fal.run/x?token={KEY}"}
    evidence = evidence_of(200, httpx.Headers(), json.dumps(said).encode(), SECRET)
    handles = _read(answer_of(evidence), FalHosts(), "bytedance/seedance-2.0/text-to-video").handles
    assert handles["status_url"] == "https://queue.fal.run/bytedance/seedance-2.0/requests/req-1/status"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"detail": "User is locked."}, "403 User is locked."),
        ({"error": {"code": "forbidden", "message": "not yours"}}, "403 forbidden not yours"),
        ({"detail": [{"type": "literal_error", "msg": "4 to 15"}]}, "403 literal_error 4 to 15"),
        ({"message": "no"}, "403 no"),
        ({"status": "NOT_FOUND"}, '403 {"status": "NOT_FOUND"}'),
        (["what"], '403 ["what"]'),
    ],
)
def test_people_are_told_the_words_and_not_the_json_around_them(body: object, said: str) -> None:
    assert evidence_of(403, httpx.Headers(), json.dumps(body).encode(), None).said == said


def test_addresses_are_shown_without_what_opens_them() -> None:
    text = f"see {SIGNED} and 'HTTPS://a.b/c?d#e', not https://a.b/c or what?"
    assert without_queries(text) == (
        "see https://v3.fal.media/in.png?<hidden> and 'HTTPS://a.b/c?<hidden>', not https://a.b/c or what?"
    )
    assert shown_address("https://sam:pass@a.b:8/c?d=e#f") == "https://a.b:8/c"
    assert shown_address("https://[x/") == "an address that is none"
