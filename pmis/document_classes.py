"""The standard class tree that a new installation starts with; the administration changes it.

Drawn up after the documents that Korean practice demands at contract, commencement (착공신고),
construction, completion (준공) and in the defect liability period.
"""

from __future__ import annotations

from typing import NamedTuple

from django.db import connections


class Standard(NamedTuple):
    """A class of the tree; `owed_by` empty: not demanded."""

    code: str
    stage: str
    subject: str
    name: str
    name_en: str
    owed_by: str = ""
    record_type: str = ""


STANDARD = (
    Standard("C-01", "contract", "contract", "공사도급계약서", "Construction contract",
             "accounting_officer"),
    Standard("C-02", "contract", "contract", "계약이행보증서", "Performance guarantee",
             "site_agent"),
    Standard("C-03", "contract", "design", "설계도서", "Design documents", "officer"),
    Standard("C-04", "contract", "payment", "산출내역서", "Priced bill of quantities",
             "site_agent"),
    Standard("C-09", "contract", "other", "그 밖의 계약 서류", "Other contract documents"),
    Standard("S-01", "commencement", "organisation", "착공신고서", "Notice of commencement",
             "site_agent"),
    Standard("S-02", "commencement", "organisation", "현장대리인 선임계",
             "Appointment of the site agent", "site_agent"),
    Standard("S-03", "commencement", "schedule", "공사예정공정표", "Construction schedule",
             "site_agent", "schedule"),
    Standard("S-04", "commencement", "safety", "안전관리계획서", "Safety management plan",
             "site_agent", "safety_plan"),
    Standard("S-05", "commencement", "quality", "품질관리(시험)계획서", "Quality plan",
             "site_agent", "quality_plan"),
    Standard("S-06", "commencement", "contract", "건설공사보험·산재보험 가입증명",
             "Proof of insurance", "site_agent"),
    Standard("S-07", "commencement", "safety", "환경관리계획서", "Environmental plan",
             "site_agent"),
    Standard("S-08", "commencement", "organisation", "건설사업관리 업무수행계획서",
             "Supervision plan", "supervisor"),
    Standard("S-09", "commencement", "other", "그 밖의 착공 서류",
             "Other commencement documents"),
    Standard("W-01", "construction", "design", "시공상세도", "Shop drawings"),
    Standard("W-02", "construction", "inspection", "시공계획서", "Method statement",
             "site_agent"),
    Standard("W-03", "construction", "contract", "하도급 통보서", "Notice of subcontract"),
    Standard("W-04", "construction", "quality", "품질시험 성적서", "Test certificates"),
    Standard("W-05", "construction", "payment", "기성 서류", "Progress claim documents"),
    Standard("W-06", "construction", "safety", "안전점검 보고서", "Safety inspection reports"),
    Standard("W-09", "construction", "other", "그 밖의 시공 서류",
             "Other construction documents"),
    Standard("F-01", "completion", "design", "준공도면", "As-built drawings", "site_agent",
             "drawing:as_built"),
    Standard("F-02", "completion", "inspection", "준공계(준공신고서)", "Notice of completion",
             "site_agent"),
    Standard("F-03", "completion", "payment", "준공내역서", "Final bill of quantities",
             "site_agent"),
    Standard("F-04", "completion", "quality", "품질시험·검사 총괄표",
             "Summary of tests and certificates", "site_agent"),
    Standard("F-05", "completion", "inspection", "준공검사조서", "Completion inspection report",
             "supervisor"),
    Standard("F-06", "completion", "maintenance", "시설물 인수인계서", "Hand-over record",
             "site_agent"),
    Standard("F-07", "completion", "maintenance", "유지관리지침서", "Maintenance manual",
             "site_agent"),
    Standard("F-08", "completion", "inspection", "건설사업관리 최종보고서",
             "Final supervision report", "supervisor"),
    Standard("F-09", "completion", "other", "그 밖의 준공 서류", "Other completion documents"),
    Standard("D-01", "defect_period", "contract", "하자보수보증서", "Defect guarantee",
             "site_agent"),
    Standard("D-02", "defect_period", "maintenance", "하자검사조서", "Defect inspection report",
             "officer"),
    Standard("D-09", "defect_period", "other", "그 밖의 하자담보 서류",
             "Other defect-period documents"),
)  # fmt: skip


def install(using: str) -> None:
    """Add the standard classes that are not there; what the administration changed stays."""
    # Imported here: the module is loaded before the models are.
    from pmis.models import DocumentClass  # noqa: PLC0415

    with connections[using].cursor() as cursor:
        tables = connections[using].introspection.table_names(cursor)
    if DocumentClass._meta.db_table not in tables:
        return
    rows = [
        DocumentClass(
            code=row.code,
            stage=row.stage,
            subject=row.subject,
            name=row.name,
            name_en=row.name_en,
            is_demanded=bool(row.owed_by),
            owed_by=row.owed_by or "site_agent",
            record_type=row.record_type,
            order=place,
        )
        for place, row in enumerate(STANDARD)
    ]
    DocumentClass.objects.using(using).bulk_create(rows, ignore_conflicts=True)
