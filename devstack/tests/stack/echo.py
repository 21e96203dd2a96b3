"""A part that says what it was given, and ends."""

import json
import os
import sys

print(json.dumps([dict(os.environ), sys.argv[1:], sys.stdin.read()]))
