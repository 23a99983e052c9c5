"""A refusal that needs the deployment: the credentials are valid, and those of another account."""

from tests.support.deployed import Deployed


def test_another_accounts_credentials_are_refused(deployed: Deployed) -> None:
    done = deployed.tree.asset_manager("plan", "--environment", "staging", environ=deployed.environ)
    assert done.returncode == 4, done.stdout + done.stderr
    assert done.stderr == (
        "asset-manager: these credentials are account 111122223333's, and environments/staging.yaml says "
        "account_id: 444455556666. Sign in to that one, or name another environment.\n"
    )
    assert "Traceback" not in done.stdout
