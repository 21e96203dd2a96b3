"""The systems behind the ports; each speaks one vendor's language."""
