from allauth.account import views as allauth_views
from django.urls import path

from . import account

urlpatterns = [
    path("account/", account.AccountView.as_view(), name="account"),
    path("account/sessions/<uuid:handle>/end/", account.end_session, name="account-session-end"),
    path("account/sessions/end/", account.end_other_sessions, name="account-sessions-end"),
    path("users/<int:pk>/sessions/", account.UserSessionsView.as_view(), name="users-sessions"),
    # Of allauth only what is used: its pages of e-mail addresses and of signing up are not.
    path("accounts/login/", allauth_views.login, name="account_login"),
    path("accounts/logout/", allauth_views.logout, name="account_logout"),
    path("accounts/inactive/", allauth_views.account_inactive, name="account_inactive"),
    path("accounts/reauthenticate/", allauth_views.reauthenticate, name="account_reauthenticate"),
    path(
        "accounts/password/change/", allauth_views.password_change, name="account_change_password"
    ),
    path("accounts/password/set/", allauth_views.password_set, name="account_set_password"),
]
