"""What libraries log of an exchange, without what opens something, and without what is told anyway.

httpcore writes the headers of every answer to its debug log, and whoever answers may quote the key in them; httpx
writes every address to its log, and the query of one may be a signature. stamina writes a line for every call that is
made again, among what a command prints; what became of the call is told by whoever made it.
"""

import logging
from typing import Any

import httpx
from stamina.instrumentation import set_on_retry_hooks

from resources.providers.evidence import shown_address

_HEADERS = "receive_response_headers.complete"


class _NoHeaders(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        """Drop what quotes an answer's headers."""
        return _HEADERS not in record.getMessage()


class _NoQueries(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        """Show addresses without their queries."""
        if isinstance(record.args, tuple):
            record.args = tuple(_shown(item) for item in record.args)
        return True


_FILTERS = (("httpcore.http11", _NoHeaders()), ("httpx", _NoQueries()))


def keep_secrets_out_of_library_logs() -> None:
    """Filter the libraries' logs; may be called any number of times."""
    set_on_retry_hooks(())
    for name, log_filter in _FILTERS:
        logging.getLogger(name).addFilter(log_filter)


def _shown(item: Any) -> Any:  # noqa: ANN401  an argument of somebody else's log line
    return shown_address(str(item)) if isinstance(item, httpx.URL) else item
