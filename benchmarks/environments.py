"""Fifty environments in one tree: how long `asset-manager env list` takes to check the settings of all, whole process.

Each file is as long as prod's, and none has a problem. Ends with 1 where the claim does not hold.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from ops.environments.copied import copied, own_values
from ops.environments.edits import Value
from settings.environment_file import KeyPath
from settings.load import load

REPOSITORY = Path(__file__).resolve().parents[1]
ENVIRONMENTS, RUNS = 50, 5
AT_MOST_SECONDS = 2.0


def plant(tree: Path) -> None:
    """The command's own sources, and other environments in place of the repository's."""
    for package in ("local_aws", "ops", "settings"):
        shutil.copytree(REPOSITORY / package, tree / package, ignore=shutil.ignore_patterns("__pycache__"))
    folder = tree / "environments"
    folder.mkdir()
    prod, text = load("prod"), (REPOSITORY / "environments" / "prod.yaml").read_text()
    for number in range(ENVIRONMENTS):
        name = f"e{number}"
        # A server and a role each: no fifty share one.
        more: dict[KeyPath, Value] = {
            ("database", "host"): f"{name}.example.com",
            ("existing", "execution_role"): f"{name}-execution",
        }
        (folder / f"{name}.yaml").write_text(copied(text, "", {**own_values(name, prod), **more}))


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="asset-manager-bench-") as folder:
        tree = Path(folder)
        plant(tree)
        environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        environ["PYTHONPATH"] = folder
        seconds = []
        for _ in range(1 + RUNS):  # the first one compiles
            start = time.perf_counter()
            command = [sys.executable, "-P", "-m", "ops.cli.main", "env", "list"]
            done = subprocess.run(command, cwd=tree, env=environ, capture_output=True, text=True, check=False)  # noqa: S603
            seconds.append(time.perf_counter() - start)
            if done.returncode or len(done.stdout.splitlines()) != ENVIRONMENTS:
                raise SystemExit(f"benchmarks: env list ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    median = statistics.median(seconds[1:])
    print(f"Settings of {ENVIRONMENTS} environments checked, whole process:")
    print(
        f"  {', '.join(f'{each:.2f} s' for each in seconds[1:])}; median {median:.2f} s, claimed {AT_MOST_SECONDS:.0f}"
    )
    return int(median > AT_MOST_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
