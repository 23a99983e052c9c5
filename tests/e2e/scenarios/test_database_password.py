"""The runbook's rotation of the database's password: changed in Postgres first, then where Dagster's tasks get it."""

from contextlib import ExitStack
from urllib.parse import quote

from tests.e2e.scenarios.test_database_restore import operate, postgres, runs
from tests.e2e.scenarios.test_doctor import doctor
from tests.support.deployed import CANARIES, Deployed

OLD, NEW = CANARIES["DAGSTER_PG_PASSWORD"], CANARIES["DAGSTER_PG_PASSWORD"] + "-rotated"


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
