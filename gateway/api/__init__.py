"""REST under `/v1`: a router a resource, typed answers, errors that say what to do."""
