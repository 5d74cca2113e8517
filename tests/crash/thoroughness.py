"""How thorough the suite is: whole where it kills anywhere as often as it usually does, else a sample.

``RECOIL_CRASH_RANDOM`` is how often it kills anywhere.
"""

import os

from tests.crash.table import MOMENTS

_USUAL = 200

RANDOM_KILLS = int(os.environ.get("RECOIL_CRASH_RANDOM", str(_USUAL)))
IS_WHOLE = RANDOM_KILLS >= _USUAL
SIDES = MOMENTS if IS_WHOLE else MOMENTS[1:]
"""At which sides of a step lost media that is made again, and work through a real adapter, is killed.

A sample kills after each step alone: what is durable then is what is durable before the next one.
"""
