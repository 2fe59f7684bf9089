"""Looks the pinned versions up in the index of advisories; exits with 1 if one is unsafe.

Where the index cannot be reached, or does not know a version, that is skipped, and says so: it has
not passed.
"""

import subprocess
import sys
from pathlib import Path

#: What pip-audit says of an index that is not there, or not whole.
NO_INDEX = ("could not be audited", "ConnectionError", "Max retries", "HTTPError", "timed out")


def main() -> int:
    """Audits each file of requirements that has hashes."""
    root = Path(__file__).resolve().parents[1]
    unsafe = 0
    for file in sorted((*root.glob("requirements*.txt"), *root.glob("bench/requirements*.txt"))):
        done = subprocess.run(
            [
                *(sys.executable, "-m", "pip_audit", "--strict", "--disable-pip"),
                *("--progress-spinner", "off", "--require-hashes", "--requirement", str(file)),
            ],
            capture_output=True,
            text=True,
        )
        name, told = file.relative_to(root), (done.stdout + done.stderr).strip()
        if done.returncode == 0:
            print(f"{name}: no known vulnerability")
        elif any(sign in told for sign in NO_INDEX):
            print(f"{name}: SKIPPED, not passed: {told.splitlines()[-1]}")
        else:
            print(f"{name}: {told}")
            unsafe += 1
    return min(unsafe, 1)


if __name__ == "__main__":
    sys.exit(main())
