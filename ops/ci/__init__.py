"""What GitHub Actions works with: the two roles it takes on, and the steps that need GitHub itself."""
