"""The checks of `validate`, by subject. Each fetches, and a pure `judge_*` function decides."""
