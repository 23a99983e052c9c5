"""Applies `base` to a fresh local AWS many times, with every core busy: does each of them succeed?

    python -m benchmarks.fresh_applies 50 --at-once 8

The provider waits a minute for each new load balancer, so several applies run at once. A lost answer shows as
InvalidPermission.Duplicate, ResourceAlreadyExistsException or the like.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from local_aws import emulator
from local_aws.config import Config
from local_aws.errors import LocalAwsError
from local_aws.variables import aws as client_variables
from ops.console.errors import OperatorError
from ops.local import environment, prerequisites
from ops.local.environment import DEPLOYED, Ports
from ops.terraform import toolchain
from ops.terraform.project import ROOT, synthesize
from ops.terraform.run import Terraform
from settings.load import load

FIRST_PORT, FIRST_WEB_PORT = 20_000, 25_000


def apply(number: int, folder: Path) -> str | None:
    """Apply `base` to a local AWS of its own; what went wrong, if anything did."""
    settings, started = load(DEPLOYED), time.monotonic()
    directory, out = folder / str(number), folder / str(number) / "cdktf.out"
    try:
        aws = emulator.start(
            Config(
                directory=directory,
                port=FIRST_PORT + number,
                web_port=FIRST_WEB_PORT + number,
                account_id=settings.account_id,
            )
        )
        clients = prerequisites.local_clients(settings.region, aws.endpoint, aws.access_key_id)
        prerequisites.create(settings, clients, lambda _: None)
        ports = Ports(aws=aws.port, web=1, postgres=1, snowflake=1)  # base only writes them down
        environ = {
            **environment.passed(),
            **toolchain.environment(ROOT),
            **client_variables(aws.endpoint, settings.region, aws.access_key_id),
            **environment.variables(ports),
            **environment.secrets(ports),
        }
        synthesize(DEPLOYED, out, environ)
        terraform = Terraform(Path(environ["TERRAFORM_BINARY_NAME"]), environ, out / "stacks" / "base")
        terraform.init()
        terraform.apply()
    except (LocalAwsError, OperatorError) as error:
        return str(error)
    finally:
        emulator.stop(directory)
    print(f"{number}: {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
    return None


@contextmanager
def busy_cores() -> Iterator[None]:
    """A loop on each core."""
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(os.cpu_count() or 1)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fresh_applies", description=__doc__)
    parser.add_argument("count", type=int)
    parser.add_argument("--at-once", type=int, default=4)
    arguments = parser.parse_args()
    started = time.monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="fresh-applies-") as folder,
        busy_cores(),
        ThreadPoolExecutor(arguments.at_once) as pool,
    ):
        outcomes = list(pool.map(lambda number: apply(number, Path(folder)), range(arguments.count)))
    failures = [outcome for outcome in outcomes if outcome is not None]
    for failure in failures:
        print(failure, file=sys.stderr)
    minutes = (time.monotonic() - started) / 60
    print(f"{len(outcomes)} fresh applies of base in {minutes:.0f} minutes, {len(failures)} failed", file=sys.stderr)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
