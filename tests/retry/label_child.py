"""Another process that appends labels: ``python -m tests.retry.label_child PROJECT NAME COUNT``."""

import sys
from pathlib import Path

from resources.filter_labels import FilterLabelFile
from tests.retry.labels import label


def main() -> None:
    root, name, count = sys.argv[1:]
    sys.stdin.readline()
    for number in range(int(count)):
        FilterLabelFile(Path(root)).append(label(beat_id=f"{name}.{number}"))


if __name__ == "__main__":
    main()
