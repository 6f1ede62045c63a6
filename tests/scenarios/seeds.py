"""Seeds of random tests: they follow from the commit, so that each change is tried in ways of its own, and again."""

import hashlib
import subprocess

import support


def of_this_commit(count, word):
    """That many, for the test of that name."""
    try:
        head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=support.SOURCE_DIR, capture_output=True, text=True)
        commit = head.stdout.strip() if head.returncode == 0 else "no repository"
    except FileNotFoundError:  # no git: the sources came in another way
        commit = "no repository"
    return [int(hashlib.sha256(("%s %s %d" % (commit, word, number)).encode()).hexdigest()[:12], 16)
            for number in range(count)]
