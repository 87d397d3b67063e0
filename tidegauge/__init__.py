"""The command line: reads settings and wires the rooms. Nothing imports it."""
