"""Pages for those who run the installation; loaded with the first request for one of them."""
