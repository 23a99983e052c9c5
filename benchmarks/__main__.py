"""Synthesis with the stock import of the AWS provider against synthesis with the fast one, in one run.

Whole processes are measured: wall time, and the peak memory of Python and Node together. Both get what a second run on
a machine has: compiled bytecode, jsii's package cache, the filtered assembly. Memory is sampled in a run of its own,
because on two cores the sampling itself takes time. Ends with 1 where the claim does not hold.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

REPOSITORY = Path(__file__).resolve().parents[1]
AT_LEAST_TIMES_FASTER = 10
AT_MOST_OF_THE_MEMORY = 1 / 4
SAMPLE_SECONDS = 0.02

FAST = ("main.py",)
# The stock import has no switch in the product: the finder is armed as ever, and then taken away.
STOCK = (
    "-c",
    """
import runpy, sys
import asset_manager_constructs
sys.meta_path[:] = [f for f in sys.meta_path if type(f).__module__ != "asset_manager_constructs.aws_bindings"]
sys.path.insert(0, "")
sys.argv = ["main.py"]
runpy.run_path("main.py", run_name="__main__")
""",
)


@dataclass(frozen=True)
class Run:
    """One synthesis: how long it took, how much memory it was seen to hold at most, and what it wrote."""

    seconds: float
    megabytes: float
    output: dict[str, bytes]


def synthesize(arguments: tuple[str, ...], *, sampled: bool = False) -> Run:
    """Run main.py in a process of its own, with a folder of its own to write to."""
    with tempfile.TemporaryDirectory(prefix="asset-manager-bench-") as folder:
        environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        environ["CDKTF_OUTDIR"] = folder
        start = time.perf_counter()
        process = subprocess.Popen([sys.executable, "-P", *arguments], cwd=REPOSITORY, env=environ)  # noqa: S603
        peak = 0
        while sampled and process.poll() is None:
            peak = max(peak, resident(process.pid))
            time.sleep(SAMPLE_SECONDS)
        process.wait()
        seconds = time.perf_counter() - start
        if process.returncode:
            raise SystemExit(f"benchmarks: main.py ended with {process.returncode}; there is nothing to compare")
        written = [path for path in Path(folder).rglob("*") if path.is_file()]
        return Run(seconds, peak / 1e6, {str(path.relative_to(folder)): path.read_bytes() for path in written})


def resident(pid: int) -> int:
    """The resident memory of a process and all its descendants, in bytes."""
    total = 0
    try:
        root = psutil.Process(pid)
        processes = [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0
    for process in processes:
        try:
            total += process.memory_info().rss
        except psutil.NoSuchProcess:  # it ended between the two calls
            continue
    return total


def measure(label: str, arguments: tuple[str, ...], runs: int) -> tuple[list[Run], Run]:
    """The timed runs and the sampled one, after one that fills the caches and is not counted."""
    print(f"  {label}: warm-up", end="", flush=True)
    synthesize(arguments)
    timed: list[Run] = []
    for _ in range(runs):
        timed.append(synthesize(arguments))
        print(f", {timed[-1].seconds:.2f} s", end="", flush=True)
    sampled = synthesize(arguments, sampled=True)
    print(f", {sampled.megabytes:.0f} MB", flush=True)
    return timed, sampled


def main() -> int:
    os.environ.setdefault("ASSET_MANAGER_ENV", "prod")
    print(f"Synthesis of {os.environ['ASSET_MANAGER_ENV']}, whole process, Python and Node together:")
    fast, fast_sampled = measure("fast", FAST, runs=5)
    stock, stock_sampled = measure("stock", STOCK, runs=3)

    stock_seconds, fast_seconds = (statistics.median(run.seconds for run in runs) for runs in (stock, fast))
    faster = stock_seconds / fast_seconds
    share = fast_sampled.megabytes / stock_sampled.megabytes
    outputs = [run.output for run in (*stock, stock_sampled, *fast, fast_sampled)]
    identical = outputs.count(outputs[0]) == len(outputs)

    print(f"\n{'':20}{'stock':>10}{'fast':>10}{'ratio':>10}   claimed")
    print(f"{'wall time, median':20}{stock_seconds:8.2f} s{fast_seconds:8.2f} s{faster:9.1f}x", end="   ")
    print(f"at least {AT_LEAST_TIMES_FASTER}x")
    print(
        f"{'peak memory (RSS)':20}{stock_sampled.megabytes:7.0f} MB{fast_sampled.megabytes:7.0f} MB{share:10.2f}",
        end="   ",
    )
    print(f"at most {AT_MOST_OF_THE_MEMORY:.2f}")
    print(f"{'files written':20}{len(outputs[0]):10}{len(fast[0].output):10}{'':10}   byte-identical: {identical}")
    return int(not identical or faster < AT_LEAST_TIMES_FASTER or share > AT_MOST_OF_THE_MEMORY)


if __name__ == "__main__":
    sys.exit(main())
