-- Three roles for one database: `owner` migrates, `web` serves and works, `sequencer` signs the log.
--
--   WEB_PASSWORD=... SEQUENCER_PASSWORD=... psql "$ADMINISTRATOR_URL" --file docker/roles.sql
--
-- Run it as an administrator of the server, after the first `manage.py launch --prepare` and
-- after that of each upgrade; it may be run at any time, and running it again changes nothing.
-- Other names: --set owner=... --set web=... --set sequencer=... . OWNER_PASSWORD is for an owner
-- that is made here. A password that is not given stays as it is.

\set ON_ERROR_STOP on
\set QUIET on
\if :{?owner} \else \set owner claudeonomics \endif
\if :{?web} \else \set web claudeonomics_web \endif
\if :{?sequencer} \else \set sequencer claudeonomics_sequencer \endif
\getenv owner_password OWNER_PASSWORD
\getenv web_password WEB_PASSWORD
\getenv sequencer_password SEQUENCER_PASSWORD

BEGIN;
SET LOCAL client_min_messages = warning;

SELECT format('CREATE ROLE %I LOGIN', name)
FROM unnest(ARRAY[:'owner', :'web', :'sequencer']) AS name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name)
\gexec
\if :{?owner_password}
ALTER ROLE :"owner" PASSWORD :'owner_password';
\endif
\if :{?web_password}
ALTER ROLE :"web" PASSWORD :'web_password';
\endif
\if :{?sequencer_password}
ALTER ROLE :"sequencer" PASSWORD :'sequencer_password';
\endif

-- A superuser, or a member of the owner's role, would be held by nothing that follows.
SELECT format('DO $$ BEGIN RAISE EXCEPTION %L; END $$', name || ' may do all that the owner may.')
FROM unnest(ARRAY[:'web', :'sequencer']) AS name
WHERE pg_has_role(name, :'owner', 'MEMBER')
\gexec

SELECT current_database() AS database \gset
REVOKE ALL ON DATABASE :"database" FROM PUBLIC, :"web", :"sequencer";
GRANT CONNECT ON DATABASE :"database" TO :"owner", :"web", :"sequencer";
REVOKE ALL ON SCHEMA public FROM PUBLIC, :"web", :"sequencer";
GRANT USAGE, CREATE ON SCHEMA public TO :"owner";
GRANT USAGE ON SCHEMA public TO :"web", :"sequencer";
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, :"web", :"sequencer";
REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM PUBLIC, :"web", :"sequencer";

-- What a later migration makes can be used at once. Of a new table of the log that would be too
-- much until this file is run again, which is why an upgrade ends with it.
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO :"web";
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA public
    GRANT USAGE ON SEQUENCES TO :"web";

-- All that is not the log: the web's own. A table of the log that is not named below is read only.
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO :"web";
SELECT format(
    'GRANT %s ON %s TO %I',
    CASE WHEN relname ~ '^(audit_|django_migrations$)' THEN 'SELECT'
        ELSE 'SELECT, INSERT, UPDATE, DELETE' END,
    pg_class.oid::regclass,
    :'web'
)
FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v')
\gexec

WITH rights(role, may, name) AS (
    VALUES
    -- Whoever answers requests writes entries and erases their details, and adds nothing to the
    -- tree but what witnesses signed. In which transaction an entry was written nobody says but
    -- the server.
    (:'web', 'INSERT (id, leaf, recorded_at, event, outcome)', 'audit_entry'),
    (:'web', 'INSERT, UPDATE (actor, role, subject, parameters, actor_nonce, subject_nonce,'
        ' parameters_nonce, erased_by)', 'audit_detail'),
    (:'web', 'INSERT', 'audit_erasure'),
    (:'web', 'INSERT', 'audit_cosignature'),
    -- Whoever signs grows the tree, and tells of it in the log.
    (:'sequencer', 'SELECT, INSERT (id, leaf, recorded_at, event, outcome)', 'audit_entry'),
    (:'sequencer', 'INSERT', 'audit_detail'),
    (:'sequencer', 'SELECT', 'audit_log'),
    (:'sequencer', 'SELECT, INSERT', 'audit_origin'),
    (:'sequencer', 'SELECT, INSERT', 'audit_leaf'),
    (:'sequencer', 'SELECT, INSERT', 'audit_tile'),
    (:'sequencer', 'SELECT, INSERT', 'audit_checkpoint'),
    (:'sequencer', 'SELECT, INSERT', 'audit_freeze'),
    (:'sequencer', 'SELECT', 'audit_cosignature'),
    -- A log that goes on after a freeze: what two people agreed on, and whether they may.
    -- References to people as in the log, no name and no address.
    (:'sequencer', 'SELECT', 'approvals_request'),
    (:'sequencer', 'SELECT (id, is_active, joined_at, added_by, role_given_at, role_given_by)',
        'people_user'),
    (:'sequencer', 'SELECT', 'people_user_groups'),
    (:'sequencer', 'SELECT', 'auth_group'),
    (:'sequencer', 'SELECT', 'auth_permission'),
    (:'sequencer', 'SELECT', 'django_content_type'),
    (:'sequencer', 'SELECT', 'guardian_userobjectpermission'),
    (:'sequencer', 'SELECT', 'guardian_groupobjectpermission')
)
SELECT format('GRANT %s ON public.%I TO %I', may, name, role)
FROM rights
WHERE to_regclass('public.' || name) IS NOT NULL
\gexec

COMMIT;
