"""Addresses around the records, below `/pmis/`: search, notices, help, practice."""

from django.urls import path

from pmis.views import help, notices, search, training

urlpatterns = [
    path("search/", search.SearchView.as_view(), name="search"),
    path("filters/", search.FilterSaveView.as_view(), name="filter-save"),
    path("filters/<int:number>/delete/", search.FilterDeleteView.as_view(), name="filter-delete"),
    path("notices/", notices.NoticeListView.as_view(), name="notice-list"),
    path("notices/new/", notices.NoticeWriteView.as_view(), name="notice-write"),
    path("notices/<uuid:public_id>/", notices.NoticeView.as_view(), name="notice-detail"),
    path("notices/<uuid:public_id>/read/", notices.NoticeReadView.as_view(), name="notice-read"),
    path(
        "notices/<uuid:public_id>/withdraw/",
        notices.NoticeWithdrawView.as_view(),
        name="notice-withdraw",
    ),
    path("messages/", notices.MessageChoiceView.as_view(), name="messages"),
    path("help/", help.HelpView.as_view(), name="help"),
    path("help/<slug:topic>/", help.HelpView.as_view(), name="help-topic"),
    path("practice/", training.TrainingView.as_view(), name="practice"),
    path("practice/start/", training.TrainingStartView.as_view(), name="practice-start"),
    path("practice/act/", training.TrainingActView.as_view(), name="practice-act"),
]
