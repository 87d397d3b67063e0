"""One file a venue: its wire format, its limits, and what it says of itself."""
