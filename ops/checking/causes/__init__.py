"""The checks of `doctor`, by subject: reasons why a deployment does not work."""
