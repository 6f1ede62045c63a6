"""The parts of tools/live_check: what it asks a workspace, and what the answers mean."""
