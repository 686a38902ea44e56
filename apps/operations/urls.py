"""Health and metrics."""

from django.urls import path

from apps.operations import views

urlpatterns = [
    path("health/live", views.live, name="health-live"),
    path("health/ready", views.ready, name="health-ready"),
    path("metrics", views.prometheus, name="metrics"),
]
