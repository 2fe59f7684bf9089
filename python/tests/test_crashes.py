"""A build that breaks at a random moment: readers see one run or the other, and the next recovers.

make test-crashes breaks hundreds (docs/reliability.md); this breaks a few.
"""

import subprocess
import sys
from pathlib import Path


def test_readers_and_the_next_build_survive_a_broken_one() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "crashes", "duckdb", "--rounds", "1", "--seed", "7"],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
