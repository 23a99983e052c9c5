"""The ECR repository of one environment: which image a tag names, and the way in for a push."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import boto3

from ops.console.errors import ImageMissingError

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient

TOLD_AT_MOST = 10


@dataclass(frozen=True, kw_only=True)
class Registry:
    """On the AWS that this shell names."""

    region: str
    repository: str

    @cached_property
    def _ecr(self) -> ECRClient:
        return boto3.client("ecr", region_name=self.region)

    @cached_property
    def uri(self) -> str:
        """Its name in an image's name."""
        return self._ecr.describe_repositories(repositoryNames=[self.repository])["repositories"][0]["repositoryUri"]

    def digest(self, tag: str) -> str | None:
        """Of the image that has the tag now, if there is one."""
        try:
            found = self._ecr.describe_images(repositoryName=self.repository, imageIds=[{"imageTag": tag}])
        except self._ecr.exceptions.ImageNotFoundException:
            return None
        except self._ecr.exceptions.RepositoryNotFoundException as error:
            raise ImageMissingError(
                f"{self.region} has no repository {self.repository}: asset-manager bootstrap tells what makes one."
            ) from error
        return found["imageDetails"][0]["imageDigest"]

    def require(self, tag: str) -> str:
        """The same, or a refusal that names the tags that there are."""
        found = self.digest(tag)
        if found is None:
            raise ImageMissingError(
                f"the repository {self.repository} has no image {tag}. It has {self._tags()}. A first one is built and "
                f"pushed by hand (docs/runbook.md, First deployment); beside one that serves, asset-manager release "
                f"{tag} does it, with image_tag as it was in the environment file. Nothing was changed."
            )
        return found

    def _tags(self) -> str:
        """The latest pushed first."""
        pages = self._ecr.get_paginator("describe_images").paginate(repositoryName=self.repository)
        images = sorted(
            (image for page in pages for image in page["imageDetails"]),
            key=lambda image: image["imagePushedAt"],
            reverse=True,
        )
        tags = [tag for image in images for tag in image.get("imageTags", [])]
        more = f" and {len(tags) - TOLD_AT_MOST} older ones" if len(tags) > TOLD_AT_MOST else ""
        return ", ".join(tags[:TOLD_AT_MOST]) + more if tags else "none at all"

    def password(self) -> str:
        """For the user AWS, good for twelve hours.

        https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_AuthorizationData.html
        """
        token = self._ecr.get_authorization_token()["authorizationData"][0]["authorizationToken"]
        return base64.b64decode(token).decode().partition(":")[2]
