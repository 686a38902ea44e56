"""What the serving benchmark serves: an installation of its own, a URL table with rivals."""
