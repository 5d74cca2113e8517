"""How thorough the suite is: whole where it kills anywhere as often as it usually does, else a sample.

``RECOIL_CRASH_RANDOM`` is how often it kills anywhere.
"""

import os

from tests.crash.table import MOMENTS

_USUAL = 200

RANDOM_KILLS = int(os.environ.get("RECOIL_CRASH_RANDOM", str(_USUAL)))
IS_WHOLE = RANDOM_KILLS >= _USUAL
SIDES = MOMENTS if IS_WHOLE else MOMENTS[1:]
"""Where work is killed that others are like: around every step, or in a sample after it. Between two steps nothing is
durable."""
