"""AWS partitions: what is fixed about each, and which of the configured regions belong to it.

No trust crosses partitions, so a role is always asked for in its own (AWS: "AWS partitions"; the sign-in and console
hosts are those of the IAM user guide's "Enable custom identity broker access to the AWS console").
"""

from dataclasses import dataclass

from django.conf import settings


@dataclass(frozen=True)
class Partition:
    """A partition's name, the region asked where none is configured, its regions' first letters, and its hosts."""

    name: str
    default_region: str
    prefix: str
    sign_in_domain: str
    console_domain: str

    def sign_in_host(self, region: str) -> str:
        return f"{region}.{self.sign_in_domain}"

    def console_host(self, region: str) -> str:
        return f"{region}.{self.console_domain}"


GOVERNMENT = "amazonaws-us-gov.com"
AWS = Partition("aws", "us-east-1", "", "signin.aws.amazon.com", "console.aws.amazon.com")
OTHERS = (
    Partition("aws-cn", "cn-north-1", "cn-", "signin.amazonaws.cn", "console.amazonaws.cn"),
    Partition("aws-us-gov", "us-gov-west-1", "us-gov-", f"signin.{GOVERNMENT}", f"console.{GOVERNMENT}"),
    Partition("aws-eusc", "eusc-de-east-1", "eusc-", "signin.amazonaws-eusc.eu", "console.amazonaws-eusc.eu"),
)
PARTITIONS = {partition.name: partition for partition in (AWS, *OTHERS)}


def partition_of(region: str) -> Partition:
    """Return the partition of a region by its first letters; everything unknown is the commercial one."""
    return next((partition for partition in OTHERS if region.startswith(partition.prefix)), AWS)


def sts_regions(partition: str) -> tuple[str, ...]:
    """Return the regions to ask for a role of this partition, in order: the configured ones, else its default."""
    own = tuple(region for region in settings.DAYPASS_AWS_REGIONS if partition_of(region).name == partition)
    return own or (PARTITIONS[partition].default_region,)
