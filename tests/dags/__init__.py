"""A real Airflow, which stays up for this package alone: the tests after it need the processors."""
