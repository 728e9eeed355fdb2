"""The main job, from an empty machine to a downloaded cube, on the embedded stack."""
