"""Who may ask a gateway, from where, and how often: hosts, origins, keys, sessions, rates."""
