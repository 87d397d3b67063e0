"""The websocket session of a venue and what hangs on it: health, hand-over, backfill, recording."""
