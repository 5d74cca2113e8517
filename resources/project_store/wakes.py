"""Wakes as files: a webhook leaves one, and the run that polls the job takes it away."""

import time

from recoil_assets.domain.digest import digest_of
from resources.project_store.layout import Layout

_KEPT_S = 24 * 3600.0


class WakeFiles:
    """``store_ports.Wakes`` as empty files under ``state/wakes``. Losing one costs the wait until the next poll."""

    def __init__(self, layout: Layout) -> None:
        self._folder = layout.state / "wakes"

    def leave(self, provider: str, request_id: str) -> None:
        """Say that the job is worth asking about; wakes that nobody took for a day are cleared away."""
        self._folder.mkdir(parents=True, exist_ok=True)
        oldest = time.time() - _KEPT_S
        for path in self._folder.iterdir():
            if path.stat().st_mtime < oldest:
                path.unlink(missing_ok=True)
        (self._folder / _name(provider, request_id)).touch()

    def take(self, provider: str, request_id: str) -> bool:
        """See ``store_ports.Wakes``."""
        try:
            (self._folder / _name(provider, request_id)).unlink()
        except OSError:
            return False
        return True


def _name(provider: str, request_id: str) -> str:
    return digest_of([provider, request_id])[:32]
