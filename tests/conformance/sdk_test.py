"""The vendor's Python SDK, current, judges the emulator: every endpoint that it has a typed method for."""

import unittest

import current
import judge
from sdk_clusters import *  # noqa: F401,F403
from sdk_errors import *  # noqa: F401,F403
from sdk_identity import *  # noqa: F401,F403
from sdk_jobs import *  # noqa: F401,F403
from sdk_shapes import *  # noqa: F401,F403
from sdk_small import *  # noqa: F401,F403
from sdk_tree import *  # noqa: F401,F403


class ZZExcuses(unittest.TestCase):
    """Runs last, as its name says."""

    def test_none_is_out_of_date(self):
        unused = set(current.EXCUSED) - current.FINDINGS.used
        self.assertFalse(unused, "the vendor's classes know these by now, or no answer has them any more")


if __name__ == "__main__":
    judge.main(current.TYPED, current.UNTYPED)
