"""`python -m benchmarks.operate`: how long the operator's commands take, on what `make local` left running.

Whole processes, the best of some: `--help`, `status`, and `plan` of both stacks where there is nothing to change. Ends
with 1 where one takes longer than is claimed.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Mapping, Sequence

from ops.local import deployment
from ops.project import ROOT

AT_MOST_SECONDS: Mapping[Sequence[str], float] = {("--help",): 0.3, ("status",): 2, ("plan",): 20}
TIMES = 3


def best(arguments: Sequence[str], environ: Mapping[str, str]) -> float:
    """The shortest of some runs in seconds; each has to succeed."""
    command = [sys.executable, "-m", "ops.cli", *arguments]
    taken = []
    for _ in range(TIMES):
        start = time.perf_counter()
        subprocess.run(command, cwd=ROOT, env=environ, stdout=subprocess.DEVNULL, check=True)  # noqa: S603
        taken.append(time.perf_counter() - start)
    return min(taken)


def main() -> int:
    """Print each against what is claimed; the exit code."""
    local = deployment.running()
    environ = {**local.environ, "LOCAL_WEB_PORT": str(local.ports.web)}
    kept = True
    for arguments, at_most in AT_MOST_SECONDS.items():
        seconds = best(arguments, environ)
        kept = kept and seconds < at_most
        print(f"asset-manager {' '.join(arguments):<8} {seconds:6.2f} s   claimed: under {at_most} s", flush=True)
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
