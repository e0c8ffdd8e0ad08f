"""What the criteria lean on: papers, thresholds with their sources, and packs switched as one."""
