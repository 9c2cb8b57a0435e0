"""Addresses of this room. allauth's own pages are left out: nobody signs up, resets or connects anything."""

from django.urls import include, path, re_path

from accounts import break_glass, views
from accounts.linking import views as linking
from accounts.oidc import views as oidc
from accounts.oidc.logout.back import back
from accounts.oidc.logout.front import front
from accounts.saml import extra
from accounts.scim.views import scim
from accounts.second_factor import adding
from accounts.second_factor import views as factors
from accounts.social import views as social
from accounts.step_up import views as step_up

pages = [
    path("sign-ins/", views.sign_ins, name="sign_ins"),
    path("sign-ins/<uuid:sign_in_id>/end/", views.end, name="end_sign_in"),
    path("identities/", linking.identities, name="identities"),
    path("identities/link/", linking.confirm, name="link"),
    path("identities/link/<slug:provider_id>/", linking.start, name="start_link"),
    path("identities/<int:account_id>/unlink/", linking.remove, name="unlink"),
    path("break-glass/", break_glass.sign_in, name="break_glass"),
    path("second-factors/", factors.index, name="second_factors"),
    path("second-factors/passkey/", adding.passkey, name="add_passkey"),
    path("second-factors/app/", adding.authenticator_app, name="add_app"),
    path("second-factors/recovery-codes/", factors.renew_codes, name="renew_codes"),
    path("second-factors/<int:factor_id>/name/", factors.rename, name="rename_factor"),
    path("second-factors/<int:factor_id>/remove/", factors.remove, name="remove_factor"),
    path("step-up/<slug:ask_id>/", step_up.page, name="step_up"),
    path("step-up/<slug:ask_id>/provider/", step_up.provider, name="step_up_provider"),
    path("step-up/<slug:ask_id>/passkey/", step_up.passkey, name="step_up_passkey"),
    path("step-up/<slug:ask_id>/code/", step_up.code, name="step_up_code"),
    path("step-up/<slug:ask_id>/recovery-code/", step_up.recovery, name="step_up_recovery"),
]
flow = [
    path("login/", oidc.login, name="openid_connect_login"),
    path("login/callback/", oidc.callback, name="openid_connect_callback"),
    path("logout/front/", front, name="openid_connect_front_logout"),
    path("logout/back/", back, name="openid_connect_back_logout"),
]
social_flow = [
    path("login/", social.login, name="social_login"),
    path("login/callback/", social.callback, name="social_callback"),
]
urlpatterns = [
    path("sign-in/", views.sign_in, name="account_login"),
    path("sign-out/", views.sign_out, name="account_logout"),
    path("sign-out/provider/", views.sign_out_there, name="sign_out_there"),
    path("accounts/oidc/<slug:provider_id>/", include(flow)),
    *([] if extra.problem() else [path("accounts/saml/<slug:provider_id>/", include("accounts.saml.urls"))]),
    re_path(r"^scim/v2/(?P<slug>[a-z0-9-]{1,32})(?P<path>/.*)?$", scim, name="scim"),
    path("accounts/social/<slug:provider_id>/", include(social_flow)),
    path("", include((pages, "accounts"))),
]
