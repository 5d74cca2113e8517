"""The port of the filter-safety file."""

from typing import Protocol

from recoil_assets.domain.filter_label import FilterLabel


class FilterLabels(Protocol):
    """Labels of hard content blocks. Labels are only ever added, by any number of processes."""

    def append(self, label: FilterLabel) -> None:
        """Add a label; durable when the call returns."""
        ...

    def all(self) -> tuple[FilterLabel, ...]:
        """Every label, oldest first; a line that was torn by a crash is passed over."""
        ...
