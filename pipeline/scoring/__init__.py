"""Which transactions are suspicious? Pure: estimators live here, files and tables do not."""
