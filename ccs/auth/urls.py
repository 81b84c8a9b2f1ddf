"""Addresses below `/accounts/` beside those of django-allauth."""

from django.urls import path

from ccs.auth import oidc
from ccs.views import account, outbox, registrations

urlpatterns = [
    path("", account.account, name="account"),
    path("language/", account.choose_language, name="account-language"),
    path("outbox/", outbox.outbox, name="account-outbox"),
    path("keys/", account.TokensView.as_view(), name="account-tokens"),
    path("keys/<int:pk>/revoke/", account.revoke, name="account-token-revoke"),
    path("oidc/<str:provider_id>/login/", oidc.begin, name="openid_connect_login"),
    path("oidc/<str:provider_id>/login/callback/", oidc.finish, name="openid_connect_callback"),
    path("register/", registrations.RegisterView.as_view(), name="account-register"),
    path("register/sent/", registrations.register_sent, name="account-register-sent"),
    path("registrations/", registrations.registration_list, name="account-registrations"),
    path(
        "registrations/<int:pk>/",
        registrations.RegistrationView.as_view(),
        name="account-registration",
    ),
]
