"""The runbook's restore of Dagster's database: all stands still, the dump goes in, and Dagster knows its runs."""

import subprocess
from pathlib import Path

from ops.local.postgres_server import program_path
from ops.validation.web import Web
from tests.support.deployed import CANARIES, Deployed

RUNS = "query { runsOrError { ... on Runs { results { runId status } } } }"


def postgres(deployed: Deployed, name: str, *arguments: str, password: str = CANARIES["DAGSTER_PG_PASSWORD"]) -> str:
    """A program of Postgres's own, as the operator would run it with PG* set to the database."""
    environ = {
        # The wheel's libpq knows no TLS, so past the front and by the socket.
        "PGHOST": str(deployed.tree.root / ".local" / "postgres" / "data"),
        "PGUSER": "postgres",
        "PGDATABASE": "postgres",
        "PGPASSWORD": password,
    }
    done = subprocess.run(
        [str(program_path(name)), *arguments], env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def operate(deployed: Deployed, *arguments: str) -> None:
    done = deployed.tree.asset_manager(*arguments, environ=deployed.environ)
    assert done.returncode == 0, done.stdout + done.stderr


def runs(deployed: Deployed) -> dict[str, str]:
    web = Web(f"http://127.0.0.1:{deployed.tree.web_port}", through_proxy=False)
    return {run["runId"]: run["status"] for run in web.query(RUNS)["runsOrError"]["results"]}


def test_a_restored_database_has_all_runs_of_the_dump_and_dagster_works(deployed: Deployed, tmp_path: Path) -> None:
    dump = str(tmp_path / "dagster.dump")
    operate(deployed, "scale", "daemon", "0")
    before = runs(deployed)
    assert "SUCCESS" in before.values()
    operate(deployed, "scale", "web", "0")
    try:
        postgres(deployed, "pg_dump", "--format=custom", "--no-owner", f"--file={dump}")
        postgres(deployed, "psql", "--quiet", "--command=DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        assert postgres(deployed, "psql", "-At", "--command=SELECT to_regclass('public.runs')") == "\n"
        restore = ("--clean", "--if-exists", "--no-owner", "--single-transaction", "--dbname=postgres")
        postgres(deployed, "pg_restore", *restore, dump)
    finally:
        operate(deployed, "scale", "web", "1")
        operate(deployed, "scale", "daemon", "1")
    operate(deployed, "validate", "--wait", "120")
    assert runs(deployed) == before
