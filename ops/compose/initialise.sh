#!/usr/bin/env bash
# What must be there before Airflow's services start; running it again changes nothing that is there.
set -euo pipefail

airflow db migrate
airflow users create --role Admin --username admin --password "$AIRFLOW_ADMIN_PASSWORD" \
    --firstname Nightshift --lastname Administrator --email admin@localhost.localdomain
airflow users reset-password --username admin --password "$AIRFLOW_ADMIN_PASSWORD" # who is there already keeps the old one

# A source that does not meet its contract yet (exit code 4) must not keep Airflow down: its nights say the same until it does.
code=0
nightshift init || code=$?
if [ "$code" = 4 ]; then
    echo "once the tables are there: docker compose exec airflow-scheduler nightshift init"
elif [ "$code" != 0 ]; then
    exit "$code"
fi
