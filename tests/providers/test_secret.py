"""A key can be used and can not be shown."""

import copy
import json
import logging
import pickle
import traceback
from dataclasses import asdict, dataclass

import pytest

from recoil_assets.domain.errors import UsageError
from resources.providers.secret import SHOWN, Secret, secret_from_environment

KEY = "sk_live_9f8e7d6c5b4a"


@pytest.fixture
def secret() -> Secret:
    return Secret(KEY, name="FLORA_API_KEY")


@dataclass
class Holder:
    key: Secret


def test_no_way_of_printing_it_shows_it(secret: Secret, caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("recoil").warning("key %s %r", secret, Holder(secret))
    ways = [
        repr(secret),
        str(secret),
        f"{secret}",
        f"{secret:>20}",
        f"{secret!r:<40}",
        "{}".format(secret),  # noqa: UP032
        "%s" % secret,  # noqa: UP031
        repr(Holder(secret)),
        str(asdict(Holder(secret))),
        json.dumps({"key": secret}, default=str),
        str([secret]),
        caplog.text,
    ]
    assert all(SHOWN in way and KEY not in way for way in ways), ways


def test_it_is_not_pickled_and_a_copy_is_the_same_secret(secret: Secret) -> None:
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(TypeError, match="is a secret") as caught:
            pickle.dumps(secret, protocol)
        assert KEY not in str(caught.value)
    assert copy.deepcopy(Holder(secret)).key.reveal() == KEY
    assert copy.copy(secret) is secret


def test_a_traceback_through_its_users_does_not_say_it(secret: Secret) -> None:
    def use(key: Secret) -> None:
        raise RuntimeError(f"could not use {key}")

    with pytest.raises(RuntimeError) as caught:
        use(secret)
    assert KEY not in "".join(traceback.format_exception(caught.value))


def test_it_is_taken_out_of_what_others_say(secret: Secret) -> None:
    assert secret.hidden_in(f"401: {KEY} is not a key of ours") == f"401: {SHOWN} is not a key of ours"


def test_it_is_taken_out_of_json_too() -> None:
    odd = Secret('k"e\\y', name="LAB_KEY")
    assert odd.hidden_in(json.dumps({"said": odd.reveal()})) == '{"said": "<secret>"}'


@pytest.mark.parametrize("text", ["", "  ", "two words", "line\nbreak", "caf\u00e9", "nul\0"])
def test_what_no_header_can_carry_is_refused_by_its_name_alone(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        Secret(text, name="FAL_KEY")
    assert "FAL_KEY" in str(caught.value)
    assert not text.strip() or text not in str(caught.value)


def test_space_around_it_is_dropped_and_an_empty_variable_is_no_key() -> None:
    found = secret_from_environment("FAL_KEY", {"FAL_KEY": f" {KEY}\n"})
    assert found is not None
    assert found.reveal() == KEY
    assert secret_from_environment("FAL_KEY", {"FAL_KEY": " \n"}) is None
    assert secret_from_environment("FAL_KEY", {}) is None


def test_a_fingerprint_tells_keys_and_purposes_apart_and_holds_nothing_of_them(secret: Secret) -> None:
    other = Secret(KEY + "0", name="FLORA_API_KEY")
    prints = {secret.fingerprint("fal"), secret.fingerprint("flora"), other.fingerprint("flora")}
    assert len(prints) == 3
    assert secret.fingerprint("flora") == Secret(KEY, name="OTHER").fingerprint("flora")
    assert not any(part in KEY for part in prints)
    assert secret != other
    assert len({secret, Secret(KEY, name="OTHER"), other}) == 2


def test_the_secret_half_of_a_key_is_hidden_too_and_its_name_is_not() -> None:
    key = Secret("account-7:a-secret-of-some-length", name="LAB_KEY")
    assert key.hidden_in("account-7 sent a-secret-of-some-length") == "account-7 sent <secret>"
    short = Secret("account-7:short", name="LAB_KEY")
    assert short.hidden_in("in short: account-7:short") == "in short: <secret>"
