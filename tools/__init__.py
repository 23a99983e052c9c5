"""What maintains the repository: policy, workflows, lock, check_cdktn, screenshots, the proof of the image.

Each is called by a make target. May import: ops, settings.
"""
