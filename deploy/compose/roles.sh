#!/bin/sh
# The schema, and a role each for certwatch (what the end of schema.sql names) and for Grafana (reads alerts). May be run
# again and again.
set -eu
secrets=${SECRETS:-/run/secrets}
PGPASSWORD=$(cat "$secrets/owner_password")
CERTWATCH_PASSWORD=$(cat "$secrets/certwatch_password")
GRAFANA_PASSWORD=$(cat "$secrets/grafana_password")
export PGPASSWORD CERTWATCH_PASSWORD GRAFANA_PASSWORD

psql -X -q -v ON_ERROR_STOP=1 -f "${SCHEMA:-/schema.sql}"
psql -X -q -v ON_ERROR_STOP=1 <<'SQL'
\getenv certwatch_password CERTWATCH_PASSWORD
\getenv grafana_password GRAFANA_PASSWORD
SELECT 'CREATE ROLE certwatch LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'certwatch') \gexec
SELECT 'CREATE ROLE grafana LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'grafana') \gexec
ALTER ROLE certwatch PASSWORD :'certwatch_password';
ALTER ROLE grafana PASSWORD :'grafana_password';
GRANT USAGE ON SCHEMA public TO certwatch, grafana;
GRANT SELECT ON public.intent_current, public.certs TO certwatch;
GRANT SELECT, INSERT, UPDATE, DELETE ON public.alerts, public.alert_deliveries, public.certwatch_destinations TO certwatch;
GRANT USAGE ON SEQUENCE public.alerts_id_seq TO certwatch;
GRANT SELECT ON public.alerts, public.alert_deliveries TO grafana;
SQL
