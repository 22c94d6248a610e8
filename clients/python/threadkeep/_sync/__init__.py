# Made by scripts/generate_sync.py. Change _async instead.
"""The synchronous client."""
