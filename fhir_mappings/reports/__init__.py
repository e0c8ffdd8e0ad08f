"""Reports in words to candidate facts: never counted, always shown with their sentence."""
