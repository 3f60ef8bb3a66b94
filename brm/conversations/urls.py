"""Addresses of conversations, comments, files and following."""

from django.urls import path

from . import file_views, following_views, views

RECORD = "conversations/<slug:resource>/<int:pk>/"
urlpatterns = [
    path(RECORD, views.ShowPage.as_view(), name="conversation"),
    path(f"{RECORD}people/", views.PeopleView.as_view(), name="conversation-people"),
    path(f"{RECORD}follow/", views.FollowView.as_view(), name="conversation-follow"),
    path(f"{RECORD}files/", file_views.UploadPage.as_view(), name="attachment-new"),
    path(
        f"{RECORD}unfollow/",
        following_views.UnfollowView.as_view(),
        name="conversation-unfollow",
    ),
    path("comments/<int:pk>/edit/", views.EditPage.as_view(), name="comment-edit"),
    path("comments/<int:pk>/delete/", views.DeletePage.as_view(), name="comment-delete"),
    path(
        "attachments/<int:pk>/content/",
        file_views.ContentPage.as_view(),
        name="attachment-content",
    ),
    path(
        "attachments/<int:pk>/delete/",
        file_views.DeleteFilePage.as_view(),
        name="attachment-delete",
    ),
    path("following/", following_views.FollowingPage.as_view(), name="conversation-following"),
]
