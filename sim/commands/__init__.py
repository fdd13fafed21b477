"""The commands of `simrun`, one file a subject. Bodies import what they need, so that `--help` is quick."""
