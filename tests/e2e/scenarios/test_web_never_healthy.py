"""A web server that never becomes healthy: ECS undoes its deployment, and the old one serves all the while."""

import threading

from ops.dagster_api.web import NoAnswerError, Web
from tests.support.deployed import Deployed


def test_a_web_that_never_becomes_healthy_is_undone_while_the_old_one_serves(deployed: Deployed) -> None:
    commands = deployed.tree.root / "constructs" / "asset_manager_constructs" / "dagster_process.py"
    services = deployed.tree.root / "stacks" / "services.py"
    before = {file: file.read_text() for file in (commands, services)}
    (good,) = deployed.ecs.describe_services(cluster="asset-manager", services=["asset-manager-web"])["services"]
    answers: list[bool] = []
    over = threading.Event()

    def browse() -> None:
        while not over.wait(0.5):
            try:
                server = Web(f"http://127.0.0.1:{deployed.tree.web_port}", through_proxy=False)
                answers.append(server.server_info().status == 200)
            except NoAnswerError:
                answers.append(False)

    browser = threading.Thread(target=browse)
    # It listens where nobody asks it; and it is asked at once, not after the two minutes that a new one is given.
    commands.write_text(before[commands].replace('"--host", "0.0.0.0"', '"--host", "127.0.0.9"'))
    services.write_text(before[services].replace("grace_period_seconds=120", "grace_period_seconds=1"))
    assert all(file.read_text() != before[file] for file in before)
    try:
        browser.start()
        done = deployed.tree.asset_manager("deploy", "--yes", environ=deployed.environ)
    finally:
        over.set()
        browser.join()
        for file, text in before.items():
            file.write_text(text)
    assert done.returncode == 7, done.stdout + done.stderr
    assert "the service asset-manager-web is not running what was deployed" in done.stderr
    assert "rolled back" in done.stderr
    assert len(answers) > 5
    assert all(answers), "the old one served all the while"
    (now,) = deployed.ecs.describe_services(cluster="asset-manager", services=["asset-manager-web"])["services"]
    assert now["taskDefinition"] == good["taskDefinition"]
