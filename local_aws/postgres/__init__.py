"""A Postgres server from a wheel, with TLS in front."""
