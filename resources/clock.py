"""The clock."""

from datetime import UTC, datetime


class SystemClock:
    """The system's time, UTC."""

    def now(self) -> str:
        """See ``ports.Clock``."""
        return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")

    def today(self) -> str:
        """See ``ports.Clock``."""
        return datetime.now(UTC).date().isoformat()
