"""Contracts of a project: entered, signed, amended; guarantees."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from ccs.lib.extensions import publication_of
from pmis.forms.projects import (
    PARTY_LINES,
    AmendmentForm,
    ContractForm,
    DayForm,
    GuaranteeForm,
    contract_offer,
)
from pmis.forms.records import Offer
from pmis.models import Contract
from pmis.services.approvals import available_actions
from pmis.services.contracts import (
    CONTRACT_FIELDS,
    add_guarantee,
    amend_contract,
    end_contract,
    enter_contract,
    may_keep_contracts,
    require_keeper,
    sign_contract,
    update_contract,
)
from pmis.services.firms import may_read_firms
from pmis.services.records import way_of
from pmis.services.subcontracts import may_write_subcontracts
from pmis.templatetags.records import step_label
from pmis.views.common import visible_project
from pmis.views.forms import FormPage
from pmis.views.projects import ProjectView


class ContractListView(ProjectView):
    """All contracts of a project with their amendments, guarantees and subcontracts."""

    tab = "contracts"

    def get(self, request: HttpRequest, project_id: UUID) -> HttpResponse:
        """Show the contracts."""
        project = visible_project(request, project_id)
        contracts = project.contracts.select_related("contractor").prefetch_related(
            "amendments", "guarantees", "subcontracts__subcontractor", "parties__organization"
        )
        context = self.project_page(
            project,
            contracts=list(contracts),
            may_keep=may_keep_contracts(request.user, project),
            may_subcontract=may_write_subcontracts(request.user, project),
            today=timezone.localdate(),
        )
        return render(request, "pmis/projects/contracts.html", context)


class ContractDetailView(ProjectView):
    """A contract: facts, what changed since signing, what may be done."""

    tab = "contracts"

    def get(self, request: HttpRequest, project_id: UUID, public_id: UUID) -> HttpResponse:
        """Show the contract."""
        project = visible_project(request, project_id)
        rows = project.contracts.select_related("contractor").prefetch_related(
            "amendments", "guarantees", "subcontracts__subcontractor", "parties__organization"
        )
        contract = get_object_or_404(rows, public_id=public_id)
        context = self.project_page(
            project,
            contract=contract,
            may_read_firm=may_read_firms(request.user),
            actions=available_actions(contract, request.user),
            may_keep=may_keep_contracts(request.user, project),
            may_subcontract=may_write_subcontracts(request.user, project),
            events=list(way_of(contract)),
            published_at=publication_of(contract.public_id),
            today=timezone.localdate(),
        )
        return render(request, "pmis/projects/contract.html", context)


class ContractPage(FormPage):
    """A form about a contract; only those who keep contracts open it."""

    tab = "contracts"
    contract: Contract

    def prepare(self, request: HttpRequest, **kwargs: Any) -> None:
        """Find project and contract."""
        self.find(request, **kwargs)
        require_keeper(request.user, self.project)

    def find(self, request: HttpRequest, **kwargs: Any) -> None:
        """Find project and contract, or raise 404."""
        self.project = visible_project(request, kwargs["project_id"])
        self.back = reverse("pmis:contract-list", args=[self.project.public_id])
        if "public_id" in kwargs:
            rows = self.project.contracts.select_related("contractor", "project")
            self.contract = get_object_or_404(rows, public_id=kwargs["public_id"])
            self.back = reverse(
                "pmis:contract-detail", args=[self.project.public_id, self.contract.public_id]
            )

    def offer(self) -> Offer:
        """Return the firms that may hold a contract."""
        return contract_offer(self.project)


class ContractEnterView(ContractPage):
    """Enter a contract."""

    form = ContractForm
    lines = PARTY_LINES

    def prepare(self, request: HttpRequest, **kwargs: Any) -> None:
        """Only those who keep contracts enter one."""
        super().prepare(request, **kwargs)
        self.title = _("Enter a contract")
        self.hint = _("Amounts in %(currency)s, with VAT.") % {"currency": self.project.currency}
        self.button = _("Save, not public yet")

    def call(self, fields: dict[str, Any], lines: dict[str, list[dict[str, Any]]]) -> str:
        """Enter the contract."""
        contract = enter_contract(
            project=self.project,
            fields={**fields, "currency": self.project.currency},
            parties=lines["parties"],
            by=self.request.user,
        )
        messages.success(self.request, _("Saved. The contract is public once it is signed."))
        return reverse("pmis:contract-detail", args=[self.project.public_id, contract.public_id])


class ContractEditView(ContractPage):
    """Change a contract; amount and date at signing stay."""

    form = ContractForm
    lines = PARTY_LINES

    def prepare(self, request: HttpRequest, **kwargs: Any) -> None:
        """Only those who keep contracts change one."""
        super().prepare(request, **kwargs)
        self.title = _("Change the contract")
        self.hint = _("Amounts in %(currency)s, with VAT.") % {"currency": self.contract.currency}

    def start(self) -> dict[str, Any]:
        """Begin with the contract as it is."""
        return {name: getattr(self.contract, name) for name in CONTRACT_FIELDS}

    def start_lines(self) -> dict[str, list[dict[str, Any]]]:
        """Begin with the joint venture as it is."""
        return {
            "parties": [
                {"organization": row.organization, "share": row.share, "is_lead": row.is_lead}
                for row in self.contract.parties.select_related("organization")
            ]
        }

    def call(self, fields: dict[str, Any], lines: dict[str, list[dict[str, Any]]]) -> str:
        """Write the changes."""
        update_contract(
            contract=self.contract, fields=fields, parties=lines["parties"], by=self.request.user
        )
        messages.success(self.request, _("The changes are saved."))
        return self.back


class ContractSignView(ContractPage):
    """Sign a contract: public from here on."""

    form = DayForm

    def prepare(self, request: HttpRequest, **kwargs: Any) -> None:
        """Only those who keep contracts sign."""
        super().prepare(request, **kwargs)
        self.title = _("Sign contract %(number)s") % {"number": self.contract.number}
        self.hint = _("From this moment the contract is public. Amount and date are kept for good.")
        self.button = _("Sign and publish")

    def start(self) -> dict[str, Any]:
        """Propose the day entered, else today."""
        return {"day": self.contract.signed_date or timezone.localdate()}

    def call(self, fields: dict[str, Any], lines: dict[str, Any]) -> str:
        """Sign the contract."""
        sign_contract(contract=self.contract, signed_date=fields["day"], by=self.request.user)
        messages.success(self.request, _("The contract is signed and public within a second."))
        return self.back


class AmendmentAddView(ContractPage):
    """Record a signed change of a contract."""

    form = AmendmentForm

    def prepare(self, request: HttpRequest, **kwargs: Any) -> None:
        """Only those who keep contracts amend."""
        super().prepare(request, **kwargs)
        self.title = _("Amend contract %(number)s") % {"number": self.contract.number}
        self.hint = _("The value before stays beside the new one, with the reason, for everyone.")
        self.button = _("Record the change")

    def start(self) -> dict[str, Any]:
        """Begin with the present values."""
        return {
            "date": timezone.localdate(),
            "after_amount": self.contract.amount,
            "after_completion_date": self.contract.completion_date,
        }

    def call(self, fields: dict[str, Any], lines: dict[str, Any]) -> str:
        """Amend the contract."""
        amend_contract(contract=self.contract, by=self.request.user, **fields)
        messages.success(self.request, _("The change is recorded."))
        return self.back


class GuaranteeAddView(ContractPage):
    """Enter a guarantee."""

    form = GuaranteeForm

    def prepare(self, request: HttpRequest, **kwargs: Any) -> None:
        """Only those who keep contracts enter guarantees."""
        super().prepare(request, **kwargs)
        self.title = _("Enter a guarantee")

    def call(self, fields: dict[str, Any], lines: dict[str, Any]) -> str:
        """Enter the guarantee."""
        add_guarantee(contract=self.contract, fields=fields, by=self.request.user)
        messages.success(self.request, _("The guarantee is entered."))
        return self.back


class ContractTransitionView(ProjectView):
    """Complete or terminate a contract."""

    tab = "contracts"

    def post(
        self, request: HttpRequest, project_id: UUID, public_id: UUID, action: str
    ) -> HttpResponse:
        """Take the step; a termination needs its reason."""
        project = visible_project(request, project_id)
        contract = get_object_or_404(project.contracts, public_id=public_id)
        comment = request.POST.get("comment", "")
        try:
            end_contract(contract=contract, action=action, comment=comment, by=request.user)
        except ValidationError as error:
            for sentence in error.messages:
                messages.error(request, sentence)
        else:
            messages.success(request, step_label(action))
        return redirect("pmis:contract-detail", project_id, public_id)
