"""What a verifier may know of the documents that One-PMIS issues (docs/adr/0005)."""

#: Key of issued documents in the disclosure queue.
DOCUMENT = "issued_document"

#: SECURITY: the code leaves as its hash only, so that these rows name no document to anyone who
#: does not hold it; no title, no content and no person stands here. A sheet of a practice project
#: is genuine of nothing: its code is unknown.
DOCUMENT_VIEW = """
CREATE VIEW allimi_source_document AS
SELECT d.public_id AS source_id, encode(sha256(convert_to(d.code, 'UTF8')), 'hex') AS code_sha256,
       d.sha256, d.kind, d.record_type, d.record_public_id, p.public_id AS project_public_id,
       o.public_id AS ordering_body, d.number, d.version_no, d.is_approved, d.row_count,
       d.role, d.issued_at
FROM pmis_issueddocument d
LEFT JOIN pmis_project p ON p.id = d.project_id
LEFT JOIN ccs_organization o ON o.id = p.ordering_body_id
WHERE p.is_training IS NOT TRUE;
"""

#: Issued documents are never changed, so only new ones are queued.
DOCUMENT_TRIGGER = f"""
CREATE OR REPLACE FUNCTION allimi_queue_documents() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO allimi_disclosurequeue (kind, public_id, queued_at)
    SELECT '{DOCUMENT}', n.public_id, clock_timestamp() FROM new_rows n;
    PERFORM pg_notify('disclosure', '');
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER allimi_queue_insert AFTER INSERT ON pmis_issueddocument
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT
    EXECUTE FUNCTION allimi_queue_documents();
"""

_COLUMNS = (
    "source_id, code_sha256, sha256, kind, record_type, record_public_id, project_public_id,"
    " ordering_body, number, version_no, is_approved, row_count, role, issued_at"
)
#: Takes `keys`: public ids of issued documents.
LIST_DOCUMENTS = f"""
INSERT INTO allimi_publisheddocument ({_COLUMNS})
SELECT {_COLUMNS} FROM allimi_source_document WHERE source_id = ANY(%(keys)s)
ON CONFLICT DO NOTHING
"""
