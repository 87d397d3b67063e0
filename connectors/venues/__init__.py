"""The venues, one file each, and what they share."""
