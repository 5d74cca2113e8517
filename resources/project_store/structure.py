"""Plans, rosters, scene versions and derivation records as files."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from operator import itemgetter
from pathlib import Path
from typing import Any

from recoil_assets.domain.cell import Cell, is_key
from recoil_assets.domain.derivation import DerivationRecord
from recoil_assets.domain.digest import digest_of_bytes, short
from recoil_assets.domain.errors import (
    BlockedError,
    InvalidSceneFileError,
    Problem,
    RecoilError,
    SceneVersionConflictError,
    UsageError,
)
from recoil_assets.domain.flat_scene import read_flat_scene
from recoil_assets.domain.plan import Plan, read_plan, refuse_plan
from recoil_assets.domain.plan_text import PlanText
from recoil_assets.domain.roster import Roster
from recoil_assets.domain.scene import SceneBody, SceneManifest, first_manifest, staged_manifest
from resources.project_store.durable import create_file, read_sealed, replace_file, sealed_json, unsealed
from resources.project_store.layout import Layout
from resources.project_store.locks import kernel_lock, moving_version
from resources.project_store.remembered import Remembered

_LOCK_WAIT_S = 30.0


class PlanFiles:
    """``plans/<episode>.json``."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def episodes(self) -> tuple[str, ...]:
        """See ``store_ports.Plans``."""
        folder = self._layout.plans
        if not folder.is_dir():
            return ()
        return tuple(sorted(path.stem for path in folder.glob("*.json") if is_key(path.stem)))

    def fingerprint(self, episode: str) -> str:
        """See ``store_ports.Plans``."""
        return digest_of_bytes(self._bytes(episode))

    def read(self, episode: str) -> Plan:
        """See ``store_ports.Plans``."""
        plan = parse_plan(self._bytes(episode), source=f"plans/{episode}.json", default_episode=episode)
        if plan.episode != episode:
            refuse_plan(
                f"plans/{episode}.json",
                "$.episode",
                f"says {plan.episode!r}, the file is named for {episode!r}; make them the same",
            )
        return plan

    def written(self, episode: str) -> PlanText:
        """See ``store_ports.Plans``."""
        return read_plan_text(self._bytes(episode), source=f"plans/{episode}.json")

    def _bytes(self, episode: str) -> bytes:
        if not is_key(episode):
            raise UsageError(
                f"{episode!r} is not an episode",
                cure="use 1 to 32 letters, digits and underscores, like ep_001",
            )
        path = self._layout.plans / f"{episode}.json"
        try:
            return path.read_bytes()
        except FileNotFoundError:
            known = ", ".join(self.episodes()) or "none"
            raise UsageError(
                f"there is no plan for episode {episode!r} (plans/ has: {known})",
                cure=f"put the plan at plans/{episode}.json, or name an episode that has one",
            ) from None


def parse_plan(data: bytes, *, source: str, default_episode: str) -> Plan:
    """The plan in a file's bytes; ``InvalidPlanError`` with every problem where it is refused."""
    written = read_plan_text(data, source=source)
    return read_plan(
        written.document, source=source, default_episode=default_episode, line_of=written.line_of
    )


def read_plan_text(data: bytes, *, source: str) -> PlanText:
    """A file's text and the JSON in it; ``InvalidPlanError`` where it is no JSON, or says a field twice."""
    repeated: list[tuple[dict[str, Any], list[str]]] = []

    def whole(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        read = dict(pairs)
        if len(read) < len(pairs):
            repeated.append(
                (read, [name for name, count in Counter(map(itemgetter(0), pairs)).items() if count > 1])
            )
        return read

    try:
        text = data.decode("utf-8-sig")
        document = json.loads(text, object_pairs_hook=whole)
        places = [place for read, names in repeated for place in _places(document, "$", read, names)]
    except UnicodeDecodeError as error:
        refuse_plan(source, "$", f"the file is not UTF-8 text: byte {error.start}")
    except json.JSONDecodeError as error:
        refuse_plan(
            source, "$", f"the file is not JSON: {error.msg} at line {error.lineno}, column {error.colno}"
        )
    except RecursionError:
        refuse_plan(source, "$", "the file is nested too deeply")
    if places:
        refuse_plan(
            source, "$", f"says more than once, and would be read as the last alone: {', '.join(places)}"
        )
    return PlanText(text, document)


def _places(value: Any, path: str, wanted: dict[str, Any], names: Iterable[str]) -> Iterator[str]:  # noqa: ANN401  parsed JSON
    """The JSON paths of the fields ``names`` of the very object ``wanted``, which is somewhere in ``value``."""
    if value is wanted:
        yield from (f"{path}.{name}" for name in names)
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from _places(item, f"{path}.{name}", wanted, names)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _places(item, f"{path}[{index}]", wanted, names)


def _json_of(flat: Path) -> Any:  # noqa: ANN401  parsed JSON
    """The document of a flat scene file; ``InvalidSceneFileError`` where it is none."""
    try:
        return json.loads(flat.read_bytes().decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        problem = Problem("$", f"the file is not JSON: {error}")
        raise InvalidSceneFileError(
            f"scene file {flat}", [problem], cure="correct it or move it away"
        ) from error


class RosterFiles:
    """``state/rosters/<episode>.json``."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._files = Remembered(lambda path, data: Roster.model_validate(unsealed(path, data)))

    def get(self, episode: str) -> Roster | None:
        """See ``store_ports.Rosters``."""
        return self._files.read_if_there(self._layout.roster(episode))

    def put(self, roster: Roster) -> None:
        """See ``store_ports.Rosters``."""
        replace_file(self._layout.roster(roster.episode), sealed_json(roster))

    def episodes(self) -> tuple[str, ...]:
        """See ``store_ports.Rosters``."""
        folder = self._layout.state / "rosters"
        return tuple(sorted(path.stem for path in folder.glob("*.json"))) if folder.is_dir() else ()


class DerivationFiles:
    """``state/derivations/<episode>.json``."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def get(self, episode: str) -> DerivationRecord | None:
        """See ``store_ports.Derivations``."""
        content = read_sealed(self._layout.derivation(episode))
        return None if content is None else DerivationRecord.model_validate(content)

    def put(self, record: DerivationRecord) -> None:
        """See ``store_ports.Derivations``."""
        replace_file(self._layout.derivation(record.episode), sealed_json(record))


def _body_of(path: str, data: bytes) -> tuple[SceneBody, str]:
    """A version body, and the digest that it has."""
    body = SceneBody.model_validate(unsealed(path, data))
    return body, body.digest


class SceneFiles:
    """``state/scenes/<episode>/<batch>/``: a manifest, and bodies named by their digest."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._manifests = Remembered(lambda path, data: SceneManifest.model_validate(unsealed(path, data)))
        self._bodies = Remembered(_body_of)

    def manifest(self, cell: Cell) -> SceneManifest | None:
        """See ``store_ports.Scenes``."""
        manifest = self._kept(cell)
        if manifest is None and (flat := self._flat(cell)):
            return flat[0]
        return manifest

    def body(self, cell: Cell, digest: str) -> SceneBody:
        """See ``store_ports.Scenes``."""
        path = f"{self._layout.scene(cell)}/versions/{digest}.json"
        known = self._bodies.read_if_there(path)
        if known is None and self._kept(cell) is None and (flat := self._flat(cell)):
            known = (flat[1], flat[1].digest)
        body, its_digest = known or (None, "")
        if body is None or its_digest != digest:
            raise RecoilError(
                f"the scene version {short(digest)} of {cell} is missing or is not what its name says ({path})",
                cure="restore state/scenes from a backup",
            )
        return body

    def derive(self, cell: Cell, body: SceneBody, at: str) -> SceneManifest:
        """See ``store_ports.Scenes``."""
        with self._changing(cell):
            manifest = self._present(cell)
            changed = first_manifest(body, at) if manifest is None else staged_manifest(manifest, body, at)
            if changed != manifest:
                self._keep_body(cell, body)
            return self._written(cell, changed)

    def conform(self, cell: Cell, number: int, *, expected: int) -> SceneManifest:
        """See ``store_ports.Scenes``."""
        with self._moving(cell, expected) as manifest:
            if manifest.numbered(number) is None:
                raise UsageError(f"{cell} has no version v{number}", cure="list them with recoil scene list")
            return self._written(cell, manifest.conformed(number))

    def revert(self, cell: Cell, *, expected: int) -> SceneManifest:
        """See ``store_ports.Scenes``."""
        with self._moving(cell, expected) as manifest:
            changed = manifest.reverted()
            if changed is None:
                raise UsageError(
                    f"no other version of {cell} was active before v{manifest.active}; nothing was changed",
                    cure=f"name one: recoil scene conform {cell.episode} {cell.batch} --version N",
                )
            return self._written(cell, changed)

    def mark_derived(self, cell: Cell, digest: str) -> SceneManifest:
        """See ``store_ports.Scenes``."""
        with self._changing(cell):
            manifest = self._known_manifest(cell)
            versions = tuple(
                version.model_copy(update={"derivation": "derived"}) if version.digest == digest else version
                for version in manifest.versions
            )
            return self._written(cell, manifest.model_copy(update={"versions": versions}))

    def verify(self) -> tuple[str, ...]:
        """See ``store_ports.Scenes``."""
        return tuple(fault for cell in self.cells() for fault in self._faults(cell))

    def cells(self) -> tuple[Cell, ...]:
        """Every cell that has a manifest, or bodies without one."""
        folder = self._layout.state / "scenes"
        found = {path.parent for name in ("manifest.json", "versions") for path in folder.glob(f"*/*/{name}")}
        return tuple(sorted(Cell(path.parent.name, path.name) for path in found))

    def _faults(self, cell: Cell) -> Iterator[str]:
        """What is wrong with the versions of a cell: each body is read, and its digest taken again."""
        try:
            manifest = self._kept(cell)
        except (RecoilError, ValueError) as error:
            yield f"{cell}: {error}"
            return
        if manifest is None:
            return  # a derivation that was killed before it named its first version: the next one goes on
        yield from (f"{cell}: {fault}" for fault in manifest.faults())
        for version in manifest.versions:
            try:
                body = self.body(cell, version.digest)
            except (RecoilError, ValueError) as error:
                yield f"{cell} v{version.number}: {error}"
                continue
            if (body.episode, body.batch) != (cell.episode, cell.batch):
                yield f"{cell} v{version.number}: its body is of {body.episode}|{body.batch}"

    def _kept(self, cell: Cell) -> SceneManifest | None:
        return self._manifests.read_if_there(f"{self._layout.scene(cell)}/manifest.json")

    def _present(self, cell: Cell) -> SceneManifest | None:
        """The manifest, for its owner: a flat scene file becomes v1 where there is none yet."""
        manifest = self._kept(cell)
        if manifest is not None or not (flat := self._flat(cell)):
            return manifest
        first, body = flat
        self._keep_body(cell, body)
        return self._written(cell, first)

    def _flat(self, cell: Cell) -> tuple[SceneManifest, SceneBody] | None:
        """The flat scene file of a cell as the v1 that it becomes when somebody derives; looking writes nothing."""
        flat = self._layout.flat_scene(cell)
        if not flat.is_file():
            return None
        body = read_flat_scene(_json_of(flat), cell, source=str(flat.relative_to(self._layout.root)))
        written_at = datetime.fromtimestamp(flat.stat().st_mtime, UTC)
        return first_manifest(body, written_at.isoformat().replace("+00:00", "Z")), body

    def _known_manifest(self, cell: Cell) -> SceneManifest:
        manifest = self._present(cell)
        if manifest is None:
            raise UsageError(f"{cell} was never derived", cure="materialise scene_versions for it")
        return manifest

    def _keep_body(self, cell: Cell, body: SceneBody) -> None:
        path = self._layout.scene(cell) / "versions" / f"{body.digest}.json"
        try:
            create_file(path, sealed_json(body))
        except FileExistsError:
            self.body(cell, body.digest)

    def _written(self, cell: Cell, changed: SceneManifest) -> SceneManifest:
        """``changed``, on disk when the call returns; nothing is written where it is there already."""
        if changed != self._kept(cell):
            replace_file(self._layout.scene(cell) / "manifest.json", sealed_json(changed))
        return changed

    @contextmanager
    def _moving(self, cell: Cell, expected: int) -> Iterator[SceneManifest]:
        """The cell's manifest, to move its active version: nobody spends on it, derives or moves it meanwhile."""
        with self._changing(cell), moving_version(self._layout, cell) as still:
            if not still:
                raise BlockedError(
                    "version_in_use",
                    f"something is being sent for v{expected} of {cell} right now; nothing was changed",
                    cure="repeat in a few seconds, when the provider has answered",
                )
            manifest = self._known_manifest(cell)
            if manifest.active != expected:
                raise SceneVersionConflictError(
                    f"{cell} was expected to be at v{expected} and is at v{manifest.active}; nothing was changed",
                    cure="look at the versions again, then repeat",
                )
            yield manifest

    @contextmanager
    def _changing(self, cell: Cell) -> Iterator[None]:
        path = self._layout.locks / f"scene.{cell.episode}.{cell.batch}.lock"
        with kernel_lock(path, wait_s=_LOCK_WAIT_S) as mine:
            if not mine:
                raise RecoilError(
                    f"the versions of {cell} are held by another process", cure="try again in a minute"
                )
            yield
