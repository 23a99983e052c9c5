"""The code location, run by Dagster itself against a real SQL database and Snowflake's stand-in."""
