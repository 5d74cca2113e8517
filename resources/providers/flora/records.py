"""FLORA's own list of runs: what was charged, and which run a lost answer was about."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from recoil_assets.domain.errors import ProviderError
from resources.providers.flora.models import flora_models
from resources.providers.flora.wire import Answer, Wire, run_id_in

PAGE = 50
MOST_PAGES = 200
_SECONDS_BELOW = 100_000_000_000


async def newest_runs(wire: Wire) -> list[dict[str, Any]]:
    """The newest runs of the project, newest first: one page, asked for once.

    Raises:
        ProviderError: the list can not be read now.
    """
    return _read_page(await wire.ask_once("/generations", _query(wire)))[0]


async def runs_since(wire: Wire, since_ms: int) -> list[dict[str, Any]]:
    """Every run of the project that was made at ``since_ms`` (milliseconds since 1970) or later, newest first.

    Raises:
        ProviderError: the list can not be read now, or has no end.
    """
    found: list[dict[str, Any]] = []
    cursor = ""
    for _ in range(MOST_PAGES):
        runs, cursor = await _page(wire, cursor)
        found += [run for run in runs if made_ms(run) >= since_ms]
        if not cursor or not runs or made_ms(runs[-1]) < since_ms:
            return found
    raise ProviderError(
        f"FLORA's list of runs has more than {MOST_PAGES} pages in that time", cure="ask for a shorter time"
    )


@dataclass(frozen=True, slots=True)
class Known:
    """The newest runs there were at a moment.

    Attributes:
        newest_ms: when the newest of them was made, milliseconds since 1970, by FLORA's clock.
    """

    ids: frozenset[str]
    newest_ms: int


def known_runs(runs: list[dict[str, Any]]) -> Known:
    """What is known of ``runs``, the newest page."""
    return Known(frozenset(map(run_id_in, runs)), max(map(made_ms, runs), default=0))


def only_new_run(runs: list[dict[str, Any]], before: Known, endpoint: str) -> str:
    """The id of the one run that is new since ``before``; empty where there is none, several, or of another model.

    What is older than the newest that was known is not new: it moved up, when another was deleted.
    """
    new = [run for run in runs if run_id_in(run) not in before.ids and made_ms(run) >= before.newest_ms]
    if len(new) != 1 or family_of(new[0]) != family(endpoint):
        return ""
    return run_id_in(new[0])


def family(endpoint: str) -> str:
    """A model endpoint id without what it takes: FLORA may run ``i2v-x`` as ``r2v-x`` and lists it as that.

    Where a model's endpoints are not named alike, it is the name of the one that takes a prompt alone.
    """
    name = _without_kind(endpoint)
    return _named_otherwise().get(name, name)


def _without_kind(endpoint: str) -> str:
    return endpoint.partition("-")[2] or endpoint


@cache
def _named_otherwise() -> dict[str, str]:
    return {
        _without_kind(endpoint): _without_kind(model.text)
        for model in flora_models().values()
        for endpoint in (model.image, model.images)
        if endpoint
    }


def family_of(run: dict[str, Any]) -> str:
    """The family of the model a run was made with; empty where the list does not say."""
    model = run.get("model")
    return family(str(model.get("model_id") or "")) if isinstance(model, dict) else ""


def made_ms(run: dict[str, Any]) -> int:
    """When a run was made, milliseconds since 1970; a number that can only be seconds is read as those."""
    try:
        made = int(run["created_at"])
    except (KeyError, TypeError, ValueError):
        return 0
    return made * 1000 if made < _SECONDS_BELOW else made


def moment_ms(moment: str) -> int:
    """A moment, UTC, ISO 8601, as FLORA counts time."""
    return int(datetime.fromisoformat(moment).timestamp() * 1000)


def moment(milliseconds: int) -> str:
    """The other way round."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat().replace("+00:00", "Z")


async def _page(wire: Wire, cursor: str) -> tuple[list[dict[str, Any]], str]:
    query = _query(wire)
    return _read_page(await wire.ask("/generations", {**query, **({"cursor": cursor} if cursor else {})}))


def _query(wire: Wire) -> dict[str, str]:
    return {"workspace_id": wire.place.workspace, "project_id": wire.place.project, "limit": str(PAGE)}


def _read_page(answer: Answer) -> tuple[list[dict[str, Any]], str]:
    """(the runs of a page, where the next one begins; empty where it is the last)."""
    listed = answer.body.get("generations")
    if not isinstance(listed, list):
        raise ProviderError(f"FLORA's list of runs is none: {answer.said}", cure="try again later")
    runs = [run for run in listed if isinstance(run, dict) and run_id_in(run)]
    meta = answer.body.get("meta")
    return runs, str(meta.get("next_cursor") or "") if isinstance(meta, dict) else ""
