"""`python -m local_aws`: a local AWS in the foreground, until Ctrl-C."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import filelock

from local_aws import access_key, emulator, ports
from local_aws.config import Config
from local_aws.errors import LocalAwsError
from local_aws.variables import aws


def main(given: Sequence[str]) -> int:
    """Run it with these arguments; 0 after Ctrl-C, 1 for an error."""
    parser = argparse.ArgumentParser(
        prog="python -m local_aws",
        description="Run an AWS on 127.0.0.1, whose ECS tasks are processes. Ctrl-C saves it and ends it.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--port", type=int, default=4566, help="the port of the AWS API")
    parser.add_argument("--web-port", type=int, default=8080, help="the port of the load balancers")
    parser.add_argument("--directory", type=Path, default=Path(".local-aws"), help="the saved state and tasks' output")
    parser.add_argument("--account-id", default="000000000000", help="12 digits")
    parser.add_argument("--region", default="us-east-1", help="the region in the printed variables")
    parser.add_argument("--speed", type=int, default=1, help="how many times faster than on AWS intervals pass")
    arguments = parser.parse_args(given)
    config = Config(
        directory=arguments.directory.resolve(),
        port=arguments.port,
        web_port=arguments.web_port,
        account_id=arguments.account_id,
        speed=arguments.speed,
    )
    try:
        ports.refuse_a_port_in_use(config.port, "the local AWS", f"--port {config.port + 1}")
        ports.refuse_a_port_in_use(config.web_port, "the load balancer", f"--web-port {config.web_port + 1}")
        config.directory.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(config.directory / "lock", timeout=0):
            _run(config, arguments.region)
        print(f"\nsaved in {config.directory}")
    except filelock.Timeout:
        return _failed(f"another local AWS works in {config.directory}. Stop it, or choose another --directory.")
    except (LocalAwsError, OSError) as error:
        return _failed(str(error))
    except KeyboardInterrupt:
        return 130  # before it served
    return 0


def _run(config: Config, region: str) -> None:
    emulator.set_aside_what_cannot_be_restored(config)
    key = access_key.new()
    environ = emulator.environment(config.account_id, key)
    os.environ.clear()
    os.environ.update(environ)
    print(f"The local AWS is at {config.endpoint}, its load balancers at port {config.web_port}. For a client's shell:")
    for name, value in aws(config.endpoint, region, key).items():
        print(f"export {name}={value}")
    print("Ctrl-C saves it and ends it.", flush=True)
    emulator.serve(config, key)


def _failed(message: str) -> int:
    print(f"local_aws: {message}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
