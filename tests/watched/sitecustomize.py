"""Python imports this first in a process that tests start with tests.raised.environment()."""

import atexit
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests import raised  # it watches from here on

atexit.register(raised.keep)
