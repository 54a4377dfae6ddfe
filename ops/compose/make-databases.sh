#!/usr/bin/env bash
# Run once by the postgres container when its volume is empty: a role and a database each for Airflow and for the warehouse.
set -euo pipefail

psql --no-psqlrc -v ON_ERROR_STOP=1 -v airflow_password="$AIRFLOW_DB_PASSWORD" -v warehouse_password="$WAREHOUSE_PASSWORD" \
    --username "$POSTGRES_USER" --dbname postgres <<'SQL'
CREATE ROLE airflow LOGIN PASSWORD :'airflow_password';
CREATE DATABASE airflow OWNER airflow;
REVOKE ALL ON DATABASE airflow FROM PUBLIC;
CREATE ROLE nightshift LOGIN CREATEROLE PASSWORD :'warehouse_password';
CREATE DATABASE nightshift OWNER nightshift;
SQL
