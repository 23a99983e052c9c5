"""`python -m benchmarks.numbers`: how long the everyday commands take against what is claimed of each, on two cores.

Whole processes: `make synth`, the tests that take seconds, the operator's commands, and `make local` on what it left
running: unchanged, after a change of one service setting, and restored after a stop. Ends with 1 where one takes longer
than is claimed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from local_aws import emulator
from ops.local import up
from ops.terraform.project import ROOT

PYTHON = [sys.executable]
OPERATE = [*PYTHON, "-m", "ops.cli.main"]
PROD = ROOT / "environments" / "prod.yaml"


@dataclass(frozen=True, kw_only=True)
class Claim:
    """`times` is how often it is tried; the shortest counts, since other work on the machine only adds."""

    what: str
    command: Sequence[str]
    at_most_seconds: float
    times: int = 3


ANYWHERE = (
    Claim(what="make synth", command=[*PYTHON, "-P", "main.py"], at_most_seconds=1.5),
    Claim(what="unit tests", command=[*PYTHON, "-m", "pytest", "-q", "tests/unit"], at_most_seconds=5),
    Claim(
        what="unit and synth tests",
        command=[*PYTHON, "-m", "pytest", "-q", "tests/unit", "tests/synth"],
        at_most_seconds=15,
        times=2,
    ),
    Claim(
        what="settings of prod, loaded",
        command=[*PYTHON, "-c", "from settings.load import load; load('prod')"],
        at_most_seconds=0.5,
    ),
    Claim(what="asset-manager --help", command=[*OPERATE, "--help"], at_most_seconds=0.3),
)
DEPLOYED = (
    Claim(what="asset-manager status", command=[*OPERATE, "status"], at_most_seconds=2),
    Claim(what="asset-manager plan", command=[*OPERATE, "plan"], at_most_seconds=20),
    Claim(what="make local, unchanged", command=[*OPERATE, "local", "up"], at_most_seconds=60, times=1),
)
RESTORED = Claim(what="make local, restored", command=[*OPERATE, "local", "up"], at_most_seconds=30, times=1)
CHANGED = Claim(what="make local, services changed", command=[*OPERATE, "local", "up"], at_most_seconds=90, times=1)


def is_kept(claim: Claim, environ: Mapping[str, str]) -> bool:
    """Measure it, print it against the claim."""
    taken = []
    for _ in range(claim.times):
        start = time.perf_counter()
        subprocess.run(claim.command, cwd=ROOT, env=environ, stdout=subprocess.DEVNULL, check=True)  # noqa: S603
        taken.append(time.perf_counter() - start)
    print(f"{claim.what:<30} {min(taken):6.2f} s   claimed: under {claim.at_most_seconds:g} s", flush=True)
    return min(taken) < claim.at_most_seconds


@contextmanager
def changed() -> Iterator[None]:
    """One setting of the services alone, and back again."""
    before = PROD.read_text()
    after = before.replace("max_concurrent: 10", "max_concurrent: 9")
    if after == before:
        raise SystemExit(f"{PROD} has no line `max_concurrent: 10` to change")
    PROD.write_text(after)
    try:
        yield
    finally:
        PROD.write_text(before)


def main() -> int:
    kept = [is_kept(claim, os.environ) for claim in ANYWHERE]
    if emulator.running(up.DIRECTORY) is None:
        print("make local is not up: the rest is not measured")
        return int(not all(kept))
    local = up.running()
    environ = {**os.environ, **local.environ, "LOCAL_WEB_PORT": str(local.ports.web)}
    kept += [is_kept(claim, environ) for claim in DEPLOYED]
    with changed():
        kept.append(is_kept(CHANGED, environ))
    subprocess.run(CHANGED.command, cwd=ROOT, env=environ, stdout=subprocess.DEVNULL, check=True)  # noqa: S603  as it was
    subprocess.run([*OPERATE, "local", "down"], cwd=ROOT, stdout=subprocess.DEVNULL, check=True)  # noqa: S603
    kept.append(is_kept(RESTORED, os.environ))
    return int(not all(kept))


if __name__ == "__main__":
    sys.exit(main())
