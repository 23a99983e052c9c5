"""Resources that exist in the account: found by tag or name, never created."""

from __future__ import annotations

from dataclasses import dataclass

from cdktf_cdktf_provider_aws.data_aws_ecr_image import DataAwsEcrImage
from cdktf_cdktf_provider_aws.data_aws_ecr_repository import DataAwsEcrRepository
from cdktf_cdktf_provider_aws.data_aws_ecs_cluster import DataAwsEcsCluster
from cdktf_cdktf_provider_aws.data_aws_iam_role import DataAwsIamRole
from cdktf_cdktf_provider_aws.data_aws_subnets import DataAwsSubnets, DataAwsSubnetsFilter
from cdktf_cdktf_provider_aws.data_aws_vpc import DataAwsVpc
from constructs import Construct


@dataclass(frozen=True, kw_only=True)
class ExistingNetworkProps:
    """`vpc_name` is the VPC's Name tag."""

    vpc_name: str


class ExistingNetwork(Construct):
    """The VPC, and its subnets by their Type tag."""

    def __init__(self, scope: Construct, id_: str, props: ExistingNetworkProps) -> None:
        super().__init__(scope, id_)
        vpc = DataAwsVpc(self, "vpc", tags={"Name": props.vpc_name})
        in_vpc = [DataAwsSubnetsFilter(name="vpc-id", values=[vpc.id])]
        self.vpc_id = vpc.id
        self.public_subnet_ids = DataAwsSubnets(self, "public", filter=in_vpc, tags={"Type": "public"}).ids
        self.private_subnet_ids = DataAwsSubnets(self, "private", filter=in_vpc, tags={"Type": "private"}).ids


@dataclass(frozen=True, kw_only=True)
class ExistingPlatformProps:
    """Names in the account; `image_tag` is a tag of an image in the repository."""

    cluster: str
    repository: str
    image_tag: str
    execution_role: str
    task_role: str


class ExistingPlatform(Construct):
    """The ECS cluster, the ECR repository and the image in it, and the two roles that tasks run under."""

    def __init__(self, scope: Construct, id_: str, props: ExistingPlatformProps) -> None:
        super().__init__(scope, id_)
        self.cluster_arn = DataAwsEcsCluster(self, "cluster", cluster_name=props.cluster).arn
        repository = DataAwsEcrRepository(self, "repository", name=props.repository)
        self.repository_arn = repository.arn
        image = DataAwsEcrImage(self, "image", repository_name=repository.name, image_tag=props.image_tag)
        # By digest: ECS pins a tag for the tasks of a service but not for those of RunTask, so after a push under the
        # same tag runs would have other code than the daemon. A tag that moved shows in the plan.
        # https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerImage.html
        self.image = f"{repository.repository_url}@{image.image_digest}"
        self.execution_role_arn = DataAwsIamRole(self, "execution-role", name=props.execution_role).arn
        self.task_role_arn = DataAwsIamRole(self, "task-role", name=props.task_role).arn
