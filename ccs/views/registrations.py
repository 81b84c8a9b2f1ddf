"""Pages of asking for an account and of deciding on it."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.decorators import method_decorator
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.http import require_GET

from ccs.auth.guard import TooManyAttempts, address_key, count_attempt
from ccs.auth.registration_forms import ApprovalForm, RegistrationForm, RejectionForm
from ccs.lib.addresses import client_address
from ccs.lib.workflow import TransitionNotAllowed
from ccs.models import Registration
from ccs.services.registrations import (
    approve_registration,
    reject_registration,
    request_account,
    visible_registrations,
    waiting_registrations,
)


@method_decorator(login_not_required, name="dispatch")
class RegisterView(View):
    """Ask for an account. The answer is the same whether or not the address is known."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the empty form."""
        return render(request, "account/register.html", {"form": RegistrationForm()})

    def post(self, request: HttpRequest) -> HttpResponse:
        """Take the request, or show what is missing."""
        form = RegistrationForm(request.POST)
        if not form.is_valid() or not _counts(request, form):
            return render(request, "account/register.html", {"form": form}, status=400)
        request_account(**form.cleaned_data, language=get_language() or "")
        return redirect("account-register-sent")


def _counts(request: HttpRequest, form: RegistrationForm) -> bool:
    """Count the request against its address; put the refusal into the form."""
    key = "register:" + address_key(client_address(request))
    try:
        count_attempt([(key, settings.SIGN_IN_LIMIT_PER_ACCOUNT * 2)])
    except TooManyAttempts as error:
        form.add_error(None, error)
        return False
    return True


@login_not_required
@require_GET
def register_sent(request: HttpRequest) -> HttpResponse:
    """Say what happens next."""
    return render(request, "account/register_sent.html")


@require_GET
def registration_list(request: HttpRequest) -> HttpResponse:
    """Show the requests that wait for this person, and the last ones decided."""
    decided = visible_registrations(request.user).exclude(state=Registration.State.REQUESTED)
    page = {
        "waiting": waiting_registrations(request.user)[:200],
        "decided": decided.order_by("-decided_at")[:20],
    }
    return render(request, "account/registration_list.html", page)


class RegistrationView(View):
    """One request, with both decisions. Requests of other ordering bodies are not found."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the request."""
        return self._page(request, self._registration(request, pk))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Open or refuse the account."""
        registration = self._registration(request, pk)
        try:
            if request.POST.get("decision") == "approve":
                return self._approve(request, registration)
            return self._reject(request, registration)
        except TransitionNotAllowed:
            messages.warning(request, _("Somebody decided on this request meanwhile."))
            return self._page(request, self._registration(request, pk), status=409)

    def _registration(self, request: HttpRequest, pk: int) -> Registration:
        return get_object_or_404(visible_registrations(request.user), pk=pk)

    def _approve(self, request: HttpRequest, registration: Registration) -> HttpResponse:
        form = ApprovalForm(request.POST, registration=registration)
        if not form.is_valid():
            return self._page(request, registration, approval=form, status=400)
        approve_registration(registration=registration, by=request.user, **form.cleaned_data)
        messages.success(
            request, _("The account of %(name)s is open.") % {"name": registration.user}
        )
        return redirect("account-registrations")

    def _reject(self, request: HttpRequest, registration: Registration) -> HttpResponse:
        form = RejectionForm(request.POST)
        if not form.is_valid():
            return self._page(request, registration, rejection=form, status=400)
        reject_registration(registration=registration, by=request.user, **form.cleaned_data)
        messages.success(
            request, _("The request of %(name)s was refused.") % {"name": registration.user}
        )
        return redirect("account-registrations")

    def _page(
        self,
        request: HttpRequest,
        registration: Registration,
        approval: ApprovalForm | None = None,
        rejection: RejectionForm | None = None,
        status: int = 200,
    ) -> HttpResponse:
        page = {
            "registration": registration,
            "approval": approval or ApprovalForm(registration=registration),
            "rejection": rejection or RejectionForm(),
        }
        return render(request, "account/registration.html", page, status=status)
