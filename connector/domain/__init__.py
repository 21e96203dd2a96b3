"""The rules: pure values and decisions that know no vendor, no network and no clock."""
