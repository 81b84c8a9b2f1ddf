"""Functions and small views of the database that every record type shares."""

#: A text is held when it looks like personal data and nobody released this very text.
FUNCTIONS = """
CREATE OR REPLACE FUNCTION allimi_screened(record uuid, item_code text, content text)
RETURNS text LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF ccs_personal_data(content) = '{}' OR EXISTS (
        SELECT 1 FROM pmis_screenrelease r WHERE r.record_public_id = record
        AND r.item = item_code
        AND r.text_sha256 = encode(sha256(convert_to(content, 'UTF8')), 'hex')
    ) THEN
        RETURN content;
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION allimi_queue_projects_of(contracts uuid[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    -- The list of a project's firms repeats the contractors of its open contracts.
    INSERT INTO allimi_disclosurequeue (kind, public_id, queued_at)
    SELECT DISTINCT 'project', p.public_id, clock_timestamp()
    FROM pmis_contract k JOIN pmis_project p ON p.id = k.project_id
    WHERE k.public_id = ANY (contracts)
$$;
CREATE OR REPLACE FUNCTION allimi_queue_generic() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    -- Rows that name their record: withdrawals and releases of held texts.
    IF TG_OP IN ('INSERT', 'UPDATE') THEN
        INSERT INTO allimi_disclosurequeue (kind, public_id, queued_at)
        SELECT DISTINCT n.record_type, n.record_public_id, clock_timestamp() FROM new_rows n;
        PERFORM allimi_queue_projects_of(ARRAY(
            SELECT n.record_public_id FROM new_rows n WHERE n.record_type = 'contract'));
    END IF;
    IF TG_OP IN ('UPDATE', 'DELETE') THEN
        INSERT INTO allimi_disclosurequeue (kind, public_id, queued_at)
        SELECT DISTINCT o.record_type, o.record_public_id, clock_timestamp() FROM old_rows o;
        PERFORM allimi_queue_projects_of(ARRAY(
            SELECT o.record_public_id FROM old_rows o WHERE o.record_type = 'contract'));
    END IF;
    PERFORM pg_notify('disclosure', '');
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION allimi_queue_narrowed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    -- An update of no row fires the trigger all the same.
    IF TG_OP = 'DELETE' THEN
        IF NOT EXISTS (SELECT 1 FROM old_rows) THEN RETURN NULL; END IF;
    ELSIF NOT EXISTS (SELECT 1 FROM new_rows) THEN
        RETURN NULL;
    END IF;
    -- A narrowing of a whole type concerns every published record of it.
    INSERT INTO allimi_disclosurequeue (kind, public_id, queued_at)
    VALUES ('narrowing', '00000000-0000-0000-0000-000000000000', clock_timestamp());
    IF TG_OP IN ('INSERT', 'UPDATE') THEN
        INSERT INTO allimi_disclosurequeue (kind, public_id, queued_at)
        SELECT DISTINCT n.record_type, coalesce(n.public_id, p.public_id), clock_timestamp()
        FROM new_rows n
        LEFT JOIN allimi_publishedrecord p ON n.public_id IS NULL AND p.kind = n.record_type
        WHERE coalesce(n.public_id, p.public_id) IS NOT NULL;
        PERFORM allimi_queue_projects_of(ARRAY(
            SELECT coalesce(n.public_id, k.public_id) FROM new_rows n
            LEFT JOIN pmis_contract k ON n.public_id IS NULL WHERE n.record_type = 'contract'));
    END IF;
    IF TG_OP IN ('UPDATE', 'DELETE') THEN
        INSERT INTO allimi_disclosurequeue (kind, public_id, queued_at)
        SELECT DISTINCT o.record_type, coalesce(o.public_id, p.public_id), clock_timestamp()
        FROM old_rows o
        LEFT JOIN allimi_publishedrecord p ON o.public_id IS NULL AND p.kind = o.record_type
        WHERE coalesce(o.public_id, p.public_id) IS NOT NULL;
        PERFORM allimi_queue_projects_of(ARRAY(
            SELECT coalesce(o.public_id, k.public_id) FROM old_rows o
            LEFT JOIN pmis_contract k ON o.public_id IS NULL WHERE o.record_type = 'contract'));
    END IF;
    PERFORM pg_notify('disclosure', '');
    RETURN NULL;
END $$;
"""

#: The public part of every narrowing, for the register of withholding. A reason is written by
#: hand: one that looks like personal data is held.
NARROWING_VIEW = """
CREATE VIEW allimi_source_narrowing AS
SELECT n.id AS source_id, n.record_type, n.public_id, n.item, n.ground,
       CASE WHEN ccs_personal_data(n.reason) = '{}' THEN n.reason ELSE '' END AS reason,
       coalesce(o.name, '') AS decided_by_body,
       coalesce(nullif(u.position, ''), u.office_role, '') AS decided_by_position,
       n.starts_at, n.ends_at, n.ended_at
FROM allimi_narrowing n
JOIN ccs_user u ON u.id = n.decided_by_id
LEFT JOIN ccs_organization o ON o.id = u.organization_id;
"""

#: The public part of the withdrawals in force.
WITHDRAWAL_VIEW = """
CREATE VIEW allimi_source_withdrawal AS
SELECT w.record_public_id AS public_id, w.ground, w.role, w.at,
       CASE WHEN ccs_personal_data(w.reason) = '{}' THEN w.reason ELSE '' END AS reason
FROM pmis_withdrawal w WHERE w.lifted_at IS NULL;
"""

#: Counters of the area pages, kept as deltas by the rows themselves.
AREA_COUNT_FUNCTION = """
CREATE OR REPLACE FUNCTION allimi_count_areas() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP IN ('INSERT', 'UPDATE') THEN
        INSERT INTO allimi_areacount AS a (area_id, kind, work_type, status, count)
        SELECT area_id, kind, work_type, status, count(*) FROM new_rows
        GROUP BY 1, 2, 3, 4
        ON CONFLICT (area_id, kind, work_type, status)
        DO UPDATE SET count = a.count + excluded.count;
    END IF;
    IF TG_OP IN ('UPDATE', 'DELETE') THEN
        INSERT INTO allimi_areacount AS a (area_id, kind, work_type, status, count)
        SELECT area_id, kind, work_type, status, -count(*) FROM old_rows
        GROUP BY 1, 2, 3, 4
        ON CONFLICT (area_id, kind, work_type, status)
        DO UPDATE SET count = a.count + excluded.count;
    END IF;
    RETURN NULL;
END $$;
"""

#: A published version is for good: only sealing (and unsealing to the very bytes that were
#: committed to), and the place in the log, may be written later.
VERSION_FUNCTION = """
CREATE OR REPLACE FUNCTION allimi_guard_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a published version is never deleted'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF (OLD.kind, OLD.public_id, OLD.version_no, OLD.source_version, OLD.commitment,
        OLD.previous_commitment, OLD.change_class, OLD.reason, OLD.actor_role, OLD.published_at)
       IS DISTINCT FROM
       (NEW.kind, NEW.public_id, NEW.version_no, NEW.source_version, NEW.commitment,
        NEW.previous_commitment, NEW.change_class, NEW.reason, NEW.actor_role, NEW.published_at)
       OR (OLD.seq IS NOT NULL AND NEW.seq IS DISTINCT FROM OLD.seq)
       OR (NEW.body IS NOT NULL AND OLD.body IS DISTINCT FROM NEW.body
           AND sha256(NEW.salt || convert_to(NEW.body, 'UTF8')) <> NEW.commitment) THEN
        RAISE EXCEPTION 'a published version never changes'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER allimi_version_guard BEFORE UPDATE OR DELETE ON allimi_publishedversion
    FOR EACH ROW EXECUTE FUNCTION allimi_guard_version();
"""
