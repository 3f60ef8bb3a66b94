from allauth.account import views as allauth_views
from allauth.socialaccount import views as social_views
from allauth.socialaccount.providers.openid_connect import views as oidc_views
from django.urls import include, path
from django.views.generic import RedirectView

from . import account, first_start, hand_over_page, link_pages, rights, sign_in

urlpatterns = [
    path("account/", account.AccountView.as_view(), name="account"),
    path("account/sessions/<uuid:handle>/end/", account.end_session, name="account-session-end"),
    path("account/sessions/end/", account.end_other_sessions, name="account-sessions-end"),
    path("users/<int:pk>/invite/", link_pages.InviteView.as_view(), name="users-invite"),
    path(
        "users/<int:pk>/hand-over/", hand_over_page.HandOverView.as_view(), name="users-hand-over"
    ),
    path("rights/", rights.RightsView.as_view(), name="rights"),
    path("setup/", first_start.SetupView.as_view(), name="setup"),
    path("link/<str:token>/", link_pages.LinkView.as_view(), name="link"),
    path("accounts/password/reset/", link_pages.ResetView.as_view(), name="account_reset_password"),
    path("users/<int:pk>/sessions/", account.UserSessionsView.as_view(), name="users-sessions"),
    # Of allauth only what is used: its pages of e-mail addresses and of signing up are not.
    path("accounts/login/", sign_in.sign_in, name="account_login"),
    path("accounts/logout/", allauth_views.logout, name="account_logout"),
    path("accounts/inactive/", allauth_views.account_inactive, name="account_inactive"),
    path("accounts/reauthenticate/", allauth_views.reauthenticate, name="account_reauthenticate"),
    path(
        "accounts/password/change/", allauth_views.password_change, name="account_change_password"
    ),
    path("accounts/password/set/", allauth_views.password_set, name="account_set_password"),
    # The second step, passkeys; the overview is one's own account page.
    path("accounts/2fa/", RedirectView.as_view(pattern_name="account"), name="mfa_index"),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    # The identity provider; 404 unless the environment names one.
    path(
        "accounts/oidc/<slug:provider_id>/login/", sign_in.to_provider, name="openid_connect_login"
    ),
    path(
        "accounts/oidc/<slug:provider_id>/login/callback/",
        oidc_views.callback,
        name="openid_connect_callback",
    ),
    path(
        "accounts/oidc/cancelled/",
        social_views.login_cancelled,
        name="socialaccount_login_cancelled",
    ),
    path("accounts/oidc/error/", social_views.login_error, name="socialaccount_login_error"),
]
