"""The logs and what runs on them: topics, codecs, gates, checkpoints, drivers, replay."""
