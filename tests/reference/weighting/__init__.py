"""The batch versions of the weighting methods, one file each, by the names of the methods."""
