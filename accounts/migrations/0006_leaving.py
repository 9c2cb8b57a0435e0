from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """What leaving needs: pauses of refreshes that failed, logout tokens that were used, an index of the live."""

    dependencies = [("accounts", "0005_authentication_asserted")]

    operations = [
        migrations.CreateModel(
            "RefreshPause",
            [
                (
                    "key",
                    models.CharField(
                        help_text="A provider's name, or a sign-in's id.",
                        max_length=64,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("failures", models.PositiveSmallIntegerField(help_text="In a row.")),
                ("until", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            "SpentLogoutToken",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("provider", models.CharField(max_length=64)),
                ("jti", models.CharField(help_text="SHA-256 of the token's id.", max_length=64)),
                (
                    "expires_at",
                    models.DateTimeField(
                        db_index=True, help_text="From then on the token is refused for its age."
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            "spentlogouttoken", models.UniqueConstraint(fields=("provider", "jti"), name="logout_token_once")
        ),
        migrations.AddIndex(
            "signin", models.Index(condition=Q(ended_at=None), fields=["started_at"], name="sign_in_live")
        ),
    ]
