"""What `bootstrap` requires of an account before the first deployment."""
