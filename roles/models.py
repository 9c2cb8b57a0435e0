"""The catalog: AWS accounts, roles in them, and who may take them."""

from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from simple_history.models import HistoricalRecords

from accounts.step_up import demand as step_up_demand
from accounts.step_up.demand import Demand, Kind
from portal.times import is_of_a_year
from roles import validators
from roles.durations import LONGEST, SHORTEST, USUAL, in_words
from roles.fields import PrincipalField
from roles.folding import Folded
from roles.remembered import Remembered

DURATION_RULES = [
    MinValueValidator(SHORTEST, "AWS gives no session shorter than 15 minutes (900 seconds)."),
    MaxValueValidator(LONGEST, "AWS gives no role session longer than 12 hours (43200 seconds)."),
]
STEP_UP_RULES = [
    MinValueValidator(step_up_demand.SHORTEST, "Write at least one minute."),
    MaxValueValidator(step_up_demand.LONGEST, "Write at most 720 minutes, which is 12 hours."),
]


class AwsAccount(Remembered):
    """An AWS account."""

    class Environment(models.TextChoices):
        PRODUCTION = "production", "Production"
        STAGING = "staging", "Staging"
        DEVELOPMENT = "development", "Development"
        SANDBOX = "sandbox", "Sandbox"

    account_id = models.CharField(
        "account ID",
        max_length=12,
        unique=True,
        validators=[validators.account_id],
        help_text="12 digits, without dashes.",
    )
    partition = models.CharField(
        max_length=16,
        choices=list(validators.PARTITIONS.items()),
        default="aws",
        help_text="AWS, unless the account is in China, GovCloud or the European Sovereign Cloud.",
    )
    name = models.CharField(max_length=100, help_text="What people call it.")
    environment = models.CharField(
        max_length=16,
        choices=Environment,
        default=Environment.DEVELOPMENT,
        help_text="Gives the account its colour on every page.",
    )

    history = HistoricalRecords()

    class Meta:
        verbose_name = "AWS account"
        ordering: ClassVar = ["name", "account_id"]

    def __str__(self) -> str:
        return f"{self.name} ({self.account_id})"

    def clean(self) -> None:
        """Keep the number of an account that has roles: their ARNs say it too."""
        renumbered = AwsAccount.objects.filter(pk=self.pk).exclude(account_id=self.account_id).exists()
        if renumbered and self.roles.exists():
            said = "Its roles carry the old number in their ARNs. Add the other account instead."
            raise ValidationError({"account_id": said})


class Role(Remembered):
    """An IAM role in an AWS account, and how it is taken."""

    class StepUp(models.TextChoices):
        NOTHING = "", "Nothing more"
        RECENT_SIGN_IN = Kind.RECENT_SIGN_IN.value, "A recent sign-in"
        SECOND_FACTOR = Kind.SECOND_FACTOR.value, "A passkey or authenticator app"

    class Method(models.TextChoices):
        WEB_IDENTITY = "web_identity", "Web identity (the person's own ID token)"
        ASSUME_ROLE = "assume_role", "AssumeRole (Daypass's own AWS identity)"

    account = models.ForeignKey(AwsAccount, on_delete=models.PROTECT, related_name="roles", verbose_name="AWS account")
    arn = models.CharField("role ARN", max_length=2048, unique=True, validators=[validators.role_arn])
    name = models.CharField(max_length=64, editable=False, help_text="The last part of the ARN.")
    description = models.CharField(max_length=200, blank=True, help_text="What one may do with it, in a few words.")
    enabled = models.BooleanField(default=True, help_text="Switched off, nobody can take it, mapped or not.")
    method = models.CharField(max_length=16, choices=Method, default=Method.ASSUME_ROLE)
    max_duration = models.PositiveIntegerField(
        "longest session (seconds)",
        default=USUAL,
        validators=DURATION_RULES,
        help_text="No longer than the role's own maximum session duration in IAM.",
    )
    default_duration = models.PositiveIntegerField(
        "usual session (seconds)",
        default=USUAL,
        validators=DURATION_RULES,
        help_text="What the form offers first.",
    )
    region = models.CharField(
        max_length=32,
        blank=True,
        validators=[validators.region],
        help_text="Where the console opens; may be empty.",
    )
    external_id = models.CharField(
        "external ID",
        max_length=1224,
        blank=True,
        validators=[validators.external_id],
        help_text="Sent with AssumeRole.",
    )
    send_source_identity = models.BooleanField(
        default=False,
        help_text="Names the person in all that follows; the trust policy must allow sts:SetSourceIdentity.",
    )
    session_tags = models.JSONField(
        default=dict,
        blank=True,
        validators=[validators.session_tags],
        help_text='For example {"team": "payments", "who": "{email}"}; also {provider} and {subject} are filled in.',
    )
    session_policy = models.TextField(
        blank=True,
        validators=[validators.session_policy],
        help_text="JSON that narrows every session of this role.",
    )
    policy_arns = models.JSONField(
        "managed session policies", default=list, blank=True, validators=[validators.policy_arns]
    )
    requires_reason = models.BooleanField(default=False, help_text="The person must say what for.")
    step_up = models.CharField(
        "proof of presence",
        max_length=16,
        choices=StepUp,
        blank=True,
        default=StepUp.NOTHING,
        help_text="What the person must show at the moment of taking it, however long they have been signed in.",
    )
    step_up_minutes = models.PositiveSmallIntegerField(
        "no older than (minutes)", default=step_up_demand.USUAL, validators=STEP_UP_RULES, help_text="1 to 720."
    )

    history = HistoricalRecords()

    class Meta:
        ordering: ClassVar = ["account__name", "name", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "name"], name="role_name_once_per_account"),
            models.CheckConstraint(
                condition=models.Q(default_duration__lte=models.F("max_duration")),
                name="role_usual_within_longest",
            ),
            models.CheckConstraint(
                condition=models.Q(step_up__in=["", *map(str, Kind)])
                & models.Q(step_up_minutes__range=(step_up_demand.SHORTEST, step_up_demand.LONGEST)),
                name="role_step_up_is_known",
            ),
        ]

    def __str__(self) -> str:
        # A form that is being filled in has no account yet.
        return f"{self.name} in {self.account}" if self.account_id else self.name

    @property
    def demand(self) -> Demand | None:
        """Return what a sign-in must show at the moment of issue; None for nothing."""
        return Demand(Kind(self.step_up), self.step_up_minutes) if self.step_up else None

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.name = self.arn.rpartition("/")[2]
        super().save(*args, **kwargs)

    def clean(self) -> None:
        match = validators.ROLE_ARN.fullmatch(self.arn or "")
        if match and self.account_id and match.group(1, 2) != (self.account.partition, self.account.account_id):
            raise ValidationError({"arn": f"This ARN is not of account {self.account.account_id}. Choose its account."})
        if (self.default_duration or 0) > (self.max_duration or 0):
            raise ValidationError({"default_duration": "The usual session cannot be longer than the longest."})
        if self.method == self.Method.WEB_IDENTITY and (
            self.external_id or self.session_tags or self.send_source_identity
        ):
            raise ValidationError(
                {"method": "AssumeRoleWithWebIdentity takes no external ID, tags or source identity. Clear them."}
            )


class RoleMapping(Remembered):
    """Whoever holds the principal may take the role, within these limits."""

    role = models.ForeignKey(Role, on_delete=models.CASCADE, related_name="mappings")
    principal = PrincipalField(
        max_length=450,
        db_index=True,
        validators=[validators.principal],
        help_text="user:alice@example.com, group:adfs:AWS-Admins or domain:example.com",
    )
    valid_from = models.DateTimeField(null=True, blank=True, help_text="Empty: from now on.")
    valid_until = models.DateTimeField(null=True, blank=True, help_text="Empty: until it is removed.")
    max_duration = models.PositiveIntegerField(
        "longest session (seconds)",
        null=True,
        blank=True,
        validators=DURATION_RULES,
        help_text="Empty: the role's own.",
    )
    note = models.CharField(max_length=200, blank=True, help_text="Why, for whoever reads this next year.")

    history = HistoricalRecords()

    class Meta:
        verbose_name = "mapping"
        ordering: ClassVar = ["principal", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["role", "principal"], name="mapping_once"),
        ]
        indexes: ClassVar = [models.Index(Folded("principal"), name="mapping_by_folded")]

    def __str__(self) -> str:
        return f"{self.principal} may take {self.role}" if self.role_id else self.principal

    def clean(self) -> None:
        for name in ("valid_from", "valid_until"):
            if (at := getattr(self, name)) and not is_of_a_year(at):
                raise ValidationError({name: "This is before the year 1 or after 9999 in UTC."})
        if self.valid_from and self.valid_until and self.valid_from >= self.valid_until:
            raise ValidationError({"valid_until": "The end must come after the start."})

    @property
    def longest(self) -> str:
        return in_words(self.max_duration) if self.max_duration else "As the role allows"

    def in_force(self) -> bool:
        now = timezone.now()
        return (not self.valid_from or self.valid_from <= now) and (not self.valid_until or now < self.valid_until)


class PortalRoleMapping(Remembered):
    """Whoever holds the principal administers or audits Daypass itself."""

    class PortalRole(models.TextChoices):
        ADMINISTRATOR = "administrator", "Administrator"
        AUDITOR = "auditor", "Auditor"

    principal = PrincipalField(
        max_length=450,
        db_index=True,
        validators=[validators.principal],
        help_text="user:alice@example.com, group:adfs:AWS-Admins or domain:example.com",
    )
    portal_role = models.CharField(
        max_length=16,
        choices=PortalRole,
        help_text="Administrators change the catalog; auditors read everything and change nothing.",
    )
    note = models.CharField(max_length=200, blank=True, help_text="Why, for whoever reads this next year.")

    history = HistoricalRecords()

    class Meta:
        verbose_name = "portal role"
        ordering: ClassVar = ["portal_role", "principal"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["principal", "portal_role"], name="portal_role_once"),
        ]
        indexes: ClassVar = [models.Index(Folded("principal"), name="portal_role_by_folded")]

    def __str__(self) -> str:
        return f"{self.principal} is {self.get_portal_role_display().lower()}"


class RolePreference(models.Model):
    """What a person made of a role: starred it, took it last. It orders their page and grants nothing."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="role_preferences")
    role = models.ForeignKey(Role, on_delete=models.CASCADE, related_name="+")
    starred = models.BooleanField(default=False)
    live_until = models.DateTimeField(null=True, blank=True, help_text="When the last session of it expires.")
    last_taken_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "role"], name="preference_once")]

    def __str__(self) -> str:
        return f"{self.user} and {self.role}"
