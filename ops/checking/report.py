"""Runs checks and prints their results."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from botocore.exceptions import BotoCoreError, ClientError

from ops.console.finding import CannotLookError, Finding, Status, failed
from ops.console.table import aligned, print_styled

SECONDS_BETWEEN_ROUNDS = 2
SHOWN: dict[Status, str] = {"ok": "ok", "failed": "FAILED", "skipped": "skipped"}
STYLES: dict[Status, str] = {"ok": "green", "failed": "bold red", "skipped": "yellow"}


@dataclass(frozen=True, kw_only=True)
class Result(Finding):
    name: str


@dataclass(frozen=True)
class Check:
    """A named check. It is skipped if the check that it `needs` is not ok: it could only repeat that one."""

    name: str
    look: Callable[[], Finding]
    needs: str | None = None


def look(checks: Sequence[Check], patience_seconds: float, report: Callable[[str], None]) -> list[Result]:
    """Every check's result, in their order; a check that is not ok runs again until `patience_seconds` have passed."""
    deadline = time.monotonic() + patience_seconds
    results: dict[str, Result] = {}
    reported = ""
    while True:
        for check in checks:
            if check.name not in results or results[check.name].status != "ok":
                results[check.name] = _look_once(check, results)
        waiting = [result.name for result in results.values() if result.status == "failed"]
        if not waiting or time.monotonic() > deadline:
            return [results[check.name] for check in checks]
        line = f"waiting for: {', '.join(waiting)}"
        if line != reported:
            report(line)
            reported = line
        time.sleep(SECONDS_BETWEEN_ROUNDS)


def _look_once(check: Check, results: dict[str, Result]) -> Result:
    if check.needs and results[check.needs].status != "ok":
        why = f"is not checked while {check.needs} is not ok"
        return Result(name=check.name, status="skipped", why=why, next=f"see {check.needs}")
    try:
        found = check.look()
    except CannotLookError as error:
        found = error.finding
    except Exception as error:  # an error of one check does not end the others
        found = _could_not(error)
    return Result(name=check.name, **asdict(found))


def _could_not(error: Exception) -> Finding:
    why = " ".join(f"{type(error).__name__}: {error}".split())
    if isinstance(error, ClientError):
        code = error.response["Error"]["Code"]
        if "AccessDenied" in code or "Unauthorized" in code:
            return failed(why, "Your role lacks the permission that the message names; it needs to read only.")
        return failed(
            why, "If it says that something does not exist: deploy it (make deploy; on the laptop make local)."
        )
    if isinstance(error, BotoCoreError):
        return failed(why, "The AWS API did not answer: see `aws sts get-caller-identity`; on the laptop make local.")
    return failed(why, "This is what the check met instead of an answer; it says nothing about the rest.")


def passed(results: Sequence[Result]) -> bool:
    """Whether every result is ok; a skipped check is not."""
    return all(result.status == "ok" for result in results)


def table(results: Sequence[Result]) -> str:
    """One line for each check, aligned, with its next step below; then the counts."""
    rows = []
    for result in results:
        rows.append((f"{SHOWN[result.status]:<7}", result.name, result.why))
        if result.next:
            rows.append(("", "", f"next: {result.next}"))
    counts = [(sum(result.status == status for result in results), status) for status in SHOWN]
    return f"{aligned(rows)}\n\n{', '.join(f'{count} {status}' for count, status in counts if count)}"


def show(results: Sequence[Result], *, as_json_: bool = False) -> None:
    """Print JSON, or the table, which a terminal shows with colours."""
    if as_json_:
        print(as_json(results))
        return
    print_styled(table(results), {SHOWN[status]: style for status, style in STYLES.items()})


def as_json(results: Sequence[Result]) -> str:
    """A list of objects with name, status, why and next."""
    fields = ("name", "status", "why", "next")
    return json.dumps([{field: getattr(result, field) for field in fields} for result in results], indent=2)
