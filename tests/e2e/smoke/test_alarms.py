"""What CloudWatch, SNS and EventBridge say of the alarms after the deployment."""

import json

from tests.support.deployed import Deployed

ALARMS = 11


def test_every_alarm_is_there_and_tells_the_topic(deployed: Deployed) -> None:
    (topic,) = [each["TopicArn"] for each in deployed.client("sns").list_topics()["Topics"]]
    assert topic == "arn:aws:sns:us-west-1:111122223333:asset-manager-alarms"
    # Scaling by load makes two of its own.
    alarms = deployed.client("cloudwatch").describe_alarms(AlarmNamePrefix="asset-manager-")["MetricAlarms"]
    assert len(alarms) == ALARMS
    for alarm in alarms:
        assert alarm["AlarmActions"] == alarm["OKActions"] == [topic]
    by_balancer = [alarm for alarm in alarms if alarm["Namespace"] == "AWS/ApplicationELB"]
    (balancer,) = deployed.elbv2.describe_load_balancers()["LoadBalancers"]
    suffix = balancer["LoadBalancerArn"].partition(":loadbalancer/")[2]
    for alarm in by_balancer:
        assert {"Name": "LoadBalancer", "Value": suffix} in alarm["Dimensions"]


def test_the_e_mail_is_subscribed(deployed: Deployed) -> None:
    (subscription,) = deployed.client("sns").list_subscriptions()["Subscriptions"]
    assert (subscription["Protocol"], subscription["Endpoint"]) == ("email", "data-platform@leverslabs.com")


def test_every_metric_of_the_logs_is_filtered(deployed: Deployed) -> None:
    found = deployed.logs.describe_metric_filters(logGroupName="fulcrum/asset-manager/daemon")["metricFilters"]
    names = {each["metricTransformations"][0]["metricName"] for each in found}
    assert names == {"HeartbeatsLost", "SecondDaemon", "RunsAtTheirLimit", "RunsLost"}


def test_the_rule_on_runs_leads_to_the_topic(deployed: Deployed) -> None:
    events = deployed.client("events")
    rule = events.describe_rule(Name="asset-manager-stopped-runs")
    assert rule["State"] == "ENABLED"
    assert json.loads(rule["EventPattern"])["detail"]["group"] == ["family:asset-manager-run"]
    (target,) = events.list_targets_by_rule(Rule="asset-manager-stopped-runs")["Targets"]
    assert target["Arn"].endswith(":asset-manager-alarms")


def test_the_rule_on_services_leads_to_the_topic(deployed: Deployed) -> None:
    events = deployed.client("events")
    rule = events.describe_rule(Name="asset-manager-failing-services")
    assert rule["State"] == "ENABLED"
    found = deployed.ecs.describe_services(
        cluster="asset-manager", services=["asset-manager-web", "asset-manager-daemon"]
    )["services"]
    assert set(json.loads(rule["EventPattern"])["resources"]) == {service["serviceArn"] for service in found}
    (target,) = events.list_targets_by_rule(Rule="asset-manager-failing-services")["Targets"]
    assert target["Arn"].endswith(":asset-manager-alarms")


def test_the_dashboard_is_there(deployed: Deployed) -> None:
    body = deployed.client("cloudwatch").get_dashboard(DashboardName="asset-manager")["DashboardBody"]
    assert len(json.loads(body)["widgets"][0]["properties"]["alarms"]) == ALARMS
