"""The runbook's procedures on Dagster's database: it is restored from a dump, and its password changes."""

import subprocess
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote

import pytest

from local_aws.postgres.server import program_path
from ops.dagster_api.web import Web
from tests.support.deployed import CANARIES, Deployed
from tests.support.findings import doctor

OLD, NEW = CANARIES["DAGSTER_PG_PASSWORD"], CANARIES["DAGSTER_PG_PASSWORD"] + "-rotated"
RUNS = "query { runsOrError { ... on Runs { results { runId status } } } }"


def postgres(deployed: Deployed, name: str, *arguments: str, password: str = OLD) -> str:
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
    web = Web.at(f"http://127.0.0.1:{deployed.tree.web_port}")
    return {run["runId"]: run["status"] for run in web.query(RUNS)["runsOrError"]["results"]}


@pytest.fixture(scope="module", autouse=True)
def first_run(deployed: Deployed) -> None:
    """One that succeeded: the database has something to lose."""
    operate(deployed, "validate", "--run", "--wait", "120")
    assert "SUCCESS" in runs(deployed).values()


def change_password(deployed: Deployed, old: str, new: str) -> None:
    """All of the procedure, to where the daemon runs again."""
    stored = deployed.ssm.get_parameter(Name="/asset-manager/METRICS_DATABASE_URL", WithDecryption=True)["Parameter"]
    url = stored["Value"].replace(quote(old, safe=""), quote(new, safe=""))
    operate(deployed, "scale", "daemon", "0")
    postgres(deployed, "psql", "--quiet", f"--command=ALTER ROLE postgres PASSWORD '{new}'", password=old)
    for name, value in (("DAGSTER_PG_PASSWORD", new), ("METRICS_DATABASE_URL", url)):
        done = deployed.tree.asset_manager("secrets", "set", name, environ=deployed.environ, stdin=f"{value}\n")
        assert done.returncode == 0, done.stdout + done.stderr
    operate(deployed, "scale", "daemon", "1")


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


def test_a_password_changed_in_the_database_and_then_here_serves_all_of_dagster(
    deployed: Deployed, restore: ExitStack
) -> None:
    before = runs(deployed)
    restore.callback(change_password, deployed, NEW, OLD)
    change_password(deployed, OLD, NEW)
    _, found = doctor(deployed, minutes=1)
    assert {found[name]["status"] for name in ("database", "metrics database")} == {"ok"}
    # Its worker reads the metrics and writes its events with it, and web has all of the runs of before.
    operate(deployed, "validate", "--run", "--wait", "120")
    assert runs(deployed).keys() >= before.keys()
    restore.close()
    operate(deployed, "validate", "--wait", "120")
