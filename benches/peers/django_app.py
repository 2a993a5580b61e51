"""User accounts as they are written with Django: its users and sessions, a template, JSON Web Tokens, Argon2id.

PEERS_POSTGRES names a PostgreSQL database to keep them in; otherwise they are in SQLite in the current folder.
`python django_app.py` makes the tables; gunicorn serves `application`.
"""

import os
import secrets
from datetime import timedelta
from urllib.parse import urlsplit

import django
from django.conf import settings

POSTGRES = os.environ.get("PEERS_POSTGRES")
ACCOUNT = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Account</title></head><body>
<nav><a href="/account">Account</a> <a href="/settings">Settings</a></nav>
<h1>{{ user.first_name }}</h1><dl><dt>E-mail</dt><dd>{{ user.email }}</dd></dl>
<form method="post" action="/account">{% csrf_token %}<input name="name" value="{{ user.first_name }}"><button>Save</button></form>
</body></html>"""


def database():
    if not POSTGRES:
        sqlite = "pragma journal_mode = wal; pragma synchronous = normal;"
        options = {"transaction_mode": "IMMEDIATE", "init_command": sqlite}
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": "people.db", "CONN_MAX_AGE": 600, "OPTIONS": options}
    url = urlsplit(POSTGRES)
    place = {"NAME": url.path[1:], "USER": url.username, "HOST": url.hostname, "PORT": url.port}
    return {"ENGINE": "django.db.backends.postgresql", "CONN_MAX_AGE": 600, **place}


settings.configure(
    SECRET_KEY=os.environ.get("SECRET_KEY") or secrets.token_hex(32),
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    DATABASES={"default": database()},
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "rest_framework"],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "OPTIONS": {
                "loaders": [
                    (
                        "django.template.loaders.cached.Loader",
                        [("django.template.loaders.locmem.Loader", {"account.html": ACCOUNT})],
                    )
                ],
                "context_processors": ["django.contrib.auth.context_processors.auth"],
            },
        }
    ],
    # The parameters of all that are compared, which the hasher reads.
    PASSWORD_HASHERS=["django_app.Argon2"],
    # A run takes longer than the five minutes that are usual.
    SIMPLE_JWT={"ACCESS_TOKEN_LIFETIME": timedelta(hours=6)},
    REST_FRAMEWORK={
        "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework_simplejwt.authentication.JWTAuthentication"],
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    },
    LOGIN_URL="/login",
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    LOGGING={"version": 1, "disable_existing_loggers": True},
)
django.setup()

from django.contrib.auth import authenticate, login  # noqa: E402
from django.contrib.auth.decorators import login_required  # noqa: E402
from django.contrib.auth.hashers import Argon2PasswordHasher  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.http import HttpResponse  # noqa: E402
from django.shortcuts import redirect, render  # noqa: E402
from django.urls import path  # noqa: E402
from django.views.decorators.csrf import csrf_exempt  # noqa: E402
from rest_framework.permissions import IsAuthenticated  # noqa: E402
from rest_framework.response import Response  # noqa: E402
from rest_framework.views import APIView  # noqa: E402
from rest_framework_simplejwt.views import TokenObtainPairView  # noqa: E402


class Argon2(Argon2PasswordHasher):
    time_cost, memory_cost, parallelism = 2, 19456, 1


class Me(APIView):
    permission_classes = [IsAuthenticated]

    def get(self, request):
        return Response({"id": request.user.id, "email": request.user.email, "name": request.user.first_name})


class Register(APIView):
    authentication_classes = []

    def post(self, request):
        sent = request.data
        User.objects.create_user(sent["email"], sent["email"], sent["password"], first_name=sent["name"])
        return Response(status=201)


@csrf_exempt
def log_in(request):
    user = authenticate(request, username=request.POST["email"], password=request.POST["password"])
    if user is None:
        return HttpResponse(status=401)
    login(request, user)
    return redirect("/account")


@login_required
def account(request):
    return render(request, "account.html")


urlpatterns = [
    path("register", Register.as_view()),
    path("login", log_in),
    path("account", account),
    path("token", TokenObtainPairView.as_view()),
    path("me", Me.as_view()),
]

if __name__ == "__main__":
    call_command("migrate", verbosity=0)
else:
    application = get_wsgi_application()
