"""The commands of the operator's command line, one module each."""
