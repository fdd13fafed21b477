"""The mechanisms of a day, one file each: how they change the shared state of a replication."""
