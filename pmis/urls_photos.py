"""Addresses of photos, below `/pmis/photos/` in the namespace `pmis`."""

from django.urls import path

from pmis.views import albums, photos

urlpatterns = [
    path("", photos.waiting, name="photos"),
    path("projects/<uuid:public_id>/", photos.album, name="photo-album"),
    path("projects/<uuid:project_id>/points/", albums.PointsView.as_view(), name="photo-points"),
    path("points/<uuid:public_id>/", albums.SeriesView.as_view(), name="photo-point"),
    path("<uuid:public_id>/", photos.photo, name="photo"),
    path("<uuid:public_id>/file/", albums.PhotoFileView.as_view(), name="photo-file"),
    path("<uuid:public_id>/withdraw/", photos.withdraw, name="photo-withdraw"),
    path("<uuid:public_id>/picture.jpg", photos.picture, name="photo-picture"),
    path("<uuid:public_id>/thumbnail.jpg", photos.thumbnail, name="photo-thumbnail"),
    path("<uuid:public_id>/original", photos.original, name="photo-original"),
]
