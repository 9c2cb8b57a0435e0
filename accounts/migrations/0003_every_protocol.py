from django.db import migrations, models

ENDED = [
    ("signed_out", "Signed out"),
    ("idle", "Idle for too long"),
    ("too_old", "Reached its longest duration"),
    ("by_person", "Ended from another sign-in"),
    ("by_administrator", "Ended by an administrator"),
    ("provider", "Withdrawn by the identity provider"),
    ("replaced", "Replaced by a new sign-in"),
    ("unconfirmed", "Not confirmed by the identity provider in time"),
    ("provider_logout", "Signed out at the identity provider"),
    ("left", "Removed by the directory"),
]
SECOND_FACTORS = [("totp", "Authenticator app"), ("webauthn", "Passkey"), ("recovery_code", "Recovery code")]
TOKEN = "Encrypted. The OpenID Connect ID token, or the access token where AWS takes that."
SESSION = "The provider's name for it: OpenID's sid, SAML's SessionIndex."
NAME_ID = "SAML's NameID with its format and qualifiers, for single logout."
GROUPS_PROBLEM = "Why groups give no rights; empty if they do."
REFRESHED = "When the provider last confirmed it after the start."


class Migration(migrations.Migration):
    """AWS's word for the token, and what other protocols than OpenID Connect know of a session.

    What is sealed is bound to its column's name, so tokens from before cannot be opened: their people sign in again.
    """

    dependencies = [("accounts", "0002_name_sign_ins")]

    operations = [
        migrations.RenameField("signin", "id_token", "web_identity_token"),
        migrations.RenameField("signin", "id_token_expires_at", "web_identity_token_expires_at"),
        migrations.AlterField("signin", "web_identity_token", models.TextField(blank=True, help_text=TOKEN)),
        migrations.AlterField("signin", "end_reason", models.CharField(blank=True, choices=ENDED, max_length=32)),
        migrations.AlterField("signin", "refreshed_at", models.DateTimeField(help_text=REFRESHED, null=True)),
        migrations.AddField(
            "signin", "groups_problem", models.CharField(blank=True, help_text=GROUPS_PROBLEM, max_length=32)
        ),
        migrations.AddField(
            "signin",
            "provider_session",
            models.CharField(blank=True, db_index=True, help_text=SESSION, max_length=255),
        ),
        migrations.AddField("signin", "name_id", models.JSONField(default=dict, help_text=NAME_ID)),
        migrations.AddField(
            "signin", "second_factor", models.CharField(blank=True, choices=SECOND_FACTORS, max_length=16)
        ),
        migrations.AddField("signin", "second_factor_at", models.DateTimeField(null=True)),
    ]
