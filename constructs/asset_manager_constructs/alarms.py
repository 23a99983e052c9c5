"""The alarms, and who gets them.

log groups --metric filters--> metrics --+
load balancer, ECS -------------metrics --+--> alarms --+
ECS events ----------------------------------> rules ---+--> SNS topic --> e-mail
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cdktf_cdktf_provider_aws.cloudwatch_event_rule import CloudwatchEventRule
from cdktf_cdktf_provider_aws.cloudwatch_event_target import (
    CloudwatchEventTarget,
    CloudwatchEventTargetInputTransformer,
)
from cdktf_cdktf_provider_aws.cloudwatch_log_metric_filter import (
    CloudwatchLogMetricFilter,
    CloudwatchLogMetricFilterMetricTransformation,
)
from cdktf_cdktf_provider_aws.cloudwatch_metric_alarm import CloudwatchMetricAlarm
from cdktf_cdktf_provider_aws.sns_topic import SnsTopic
from cdktf_cdktf_provider_aws.sns_topic_policy import SnsTopicPolicy
from cdktf_cdktf_provider_aws.sns_topic_subscription import SnsTopicSubscription
from constructs import Construct

from asset_manager_constructs.waivers import waive
from settings.facts.alarm_rules import (
    FAILING_SERVICES,
    LOG_METRICS,
    STOPPED_RUNS,
    Alarm,
    Watched,
    alarms,
    failing_services,
    stopped_runs,
)
from settings.facts.policies import topic_policy


@dataclass(frozen=True, kw_only=True)
class AlarmsProps:
    """`log_groups` has the keys web, daemon and runs. The recipient `email` has to confirm AWS's first message."""

    app: str
    topic: str
    account_id: str
    email: str | None
    kms_key_arn: str | None
    log_groups: Mapping[str, str]
    watched: Watched
    cluster_arn: str
    run_family: str
    service_arns: Sequence[str]


class Alarms(Construct):
    """The topic, the metrics read from logs, every alarm, and the rules on events of ECS; `arns` are the alarms'."""

    def __init__(self, scope: Construct, id_: str, props: AlarmsProps) -> None:
        super().__init__(scope, id_)
        self._topic(props)
        for metric in LOG_METRICS:
            CloudwatchLogMetricFilter(
                self,
                f"log-{metric.name}",
                name=f"{props.app}-{metric.name}",
                log_group_name=props.log_groups[metric.log],
                pattern=metric.pattern,
                metric_transformation=CloudwatchLogMetricFilterMetricTransformation(
                    # A zero if no line matches: the alarm then returns to OK.
                    name=metric.name,
                    namespace=props.watched.namespace,
                    value="1",
                    default_value="0",
                    unit="Count",
                ),
            )
        self.arns = [self._alarm(props.app, alarm).arn for alarm in alarms(props.watched)]
        self._notify(
            STOPPED_RUNS,
            props.app,
            about="Runs' tasks that Spot took back, that ran out of memory, or that could not start",
            pattern=stopped_runs(props.cluster_arn, props.run_family),
            paths={"task": "$.detail.taskArn", "code": "$.detail.stopCode", "why": "$.detail.stoppedReason"},
            text="A run's task stopped: <code>, <why> (<task>). Dagster runs it again, once.",
        )
        self._notify(
            FAILING_SERVICES,
            props.app,
            about="Web or daemon, whose tasks do not come up or whose deployment was given up",
            pattern=failing_services(props.service_arns),
            paths={"service": "$.resources[0]", "what": "$.detail.eventName"},
            text="<service>: <what>. Why: asset-manager doctor.",
        )

    def _topic(self, props: AlarmsProps) -> None:
        # No key by default: AWS's own key for SNS does not let CloudWatch publish, and nobody can change its policy.
        # Your own key has to allow cloudwatch.amazonaws.com, and events.amazonaws.com without a condition.
        # https://repost.aws/knowledge-center/cloudwatch-receive-sns-for-alarm-trigger
        # https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
        topic = SnsTopic(self, "topic", name=props.topic, kms_master_key_id=props.kms_key_arn)
        if props.kms_key_arn is None:
            waive(topic, "CKV_AWS_26", "AWS's key for SNS keeps CloudWatch out; what is sent names resources alone")
        self._topic_arn = topic.arn
        policy = json.dumps(topic_policy(topic.arn, props.account_id))
        SnsTopicPolicy(self, "topic-policy", arn=topic.arn, policy=policy)
        if props.email is not None:
            SnsTopicSubscription(self, "email", topic_arn=topic.arn, protocol="email", endpoint=props.email)

    def _alarm(self, app: str, alarm: Alarm) -> CloudwatchMetricAlarm:
        below = alarm.below is not None
        percentile = alarm.statistic.startswith("p")
        return CloudwatchMetricAlarm(
            self,
            alarm.name,
            alarm_name=f"{app}-{alarm.name}",
            alarm_description=f"{alarm.means} {alarm.to_do}",
            namespace=alarm.namespace,
            metric_name=alarm.metric,
            dimensions=dict(alarm.dimensions) or None,
            statistic=None if percentile else alarm.statistic,
            extended_statistic=alarm.statistic if percentile else None,
            period=alarm.period,
            evaluation_periods=alarm.periods,
            threshold=alarm.below if below else alarm.at_least,
            comparison_operator="LessThanThreshold" if below else "GreaterThanOrEqualToThreshold",
            treat_missing_data="breaching" if alarm.fires_without_data else "notBreaching",
            alarm_actions=[self._topic_arn],
            ok_actions=[self._topic_arn],
        )

    def _notify(
        self, id_: str, app: str, *, about: str, pattern: Mapping[str, object], paths: Mapping[str, str], text: str
    ) -> None:
        """Send `text` to the topic for each event of ECS that matches `pattern`."""
        rule = CloudwatchEventRule(self, id_, name=f"{app}-{id_}", description=about, event_pattern=json.dumps(pattern))
        CloudwatchEventTarget(
            self,
            f"{id_}-to-topic",
            rule=rule.name,
            arn=self._topic_arn,
            input_transformer=CloudwatchEventTargetInputTransformer(
                input_paths=dict(paths), input_template=json.dumps(text)
            ),
        )
