"""The ``recoil`` command.

Dagster announces its beta and preview features on import; the ones Recoil leans on have tests of their own,
and a person at the command line can do nothing about them.
"""

import warnings

warnings.filterwarnings("ignore", message=".*is currently in (beta|preview).*")
