"""What stands before the API: access key, origin of a request, throttling, the task metadata endpoint."""
