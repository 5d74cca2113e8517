"""A file goes where a provider says, whole and with nothing of ours, and to the internet alone."""

import pytest

from recoil_assets.domain.errors import ProviderError
from recoil_assets.production.event_loop import run_loop
from resources.providers.evidence import Evidence
from resources.providers.exchange import MOST_JSON_BYTES
from resources.providers.public_network import BROKEN, Errand, post_form
from tests.support.raw_server import raw_server, said

ERRAND = Errand("nothing is uploaded to", cure="use a smaller one")
TAKEN = said("204 No Content", Content_Length="0")


def posted(url: str, *, loopback: bool = True) -> Evidence:
    file = ("face.png", b"bytes of a face", "image/png")
    return run_loop(post_form(url, {"policy": "signed"}, file, ERRAND, loopback=loopback))


def test_the_file_and_its_form_arrive_whole_and_nothing_of_ours_goes_with_them() -> None:
    with raw_server(lambda _: TAKEN) as server:
        assert posted(f"http://127.0.0.1:{server.port}/upload?signature=1").status == 204
    (request,) = server.heard
    head, _, sent = request.partition(b"\r\n\r\n")
    first, *headers = head.decode().split("\r\n")
    assert first == "POST /upload?signature=1 HTTP/1.1"
    assert {line.partition(":")[0].lower() for line in headers} == {"host", "content-length", "content-type"}
    assert b'name="policy"\r\n\r\nsigned\r\n' in sent
    assert b'filename="face.png"\r\nContent-Type: image/png\r\n\r\nbytes of a face\r\n' in sent


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "10.1.2.3", "169.254.169.254", "[::1]", "[64:ff9b::10.0.0.8]", "0x7f000001"],
)
def test_nothing_is_sent_to_this_machine_or_its_network(host: str) -> None:
    with pytest.raises(ProviderError, match=r"nothing is uploaded to .* not a public address") as caught:
        posted(f"https://{host}:9/upload", loopback=False)
    assert caught.value.cure == "use a smaller one"


def test_where_the_provider_is_on_this_machine_its_network_is_refused_still() -> None:
    with pytest.raises(ProviderError, match="not a public address"):
        posted("https://10.1.2.3:9/upload")


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    with raw_server(lambda _: said("307 Elsewhere", Location="/elsewhere", Content_Length="0")) as server:
        assert posted(f"http://127.0.0.1:{server.port}/upload").status == 307
    assert len(server.heard) == 1


def test_an_answer_without_end_is_read_up_to_what_is_too_long() -> None:
    with raw_server(lambda _: said("200 OK", b"." * (MOST_JSON_BYTES + 1))) as server:
        assert len(posted(f"http://127.0.0.1:{server.port}/upload").text) == MOST_JSON_BYTES


def test_a_transfer_that_breaks_off_is_told_apart_from_an_answer() -> None:
    with raw_server(lambda _: b"") as server, pytest.raises(BROKEN):
        posted(f"http://127.0.0.1:{server.port}/upload")
