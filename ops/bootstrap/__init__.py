"""From an account that has what the guide assumes to one that can be deployed to."""
