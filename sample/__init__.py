"""Three invented tenants with two years of metrics, to run the code location against without owning any data."""
