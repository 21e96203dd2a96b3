"""The doorways: read the message, call one use case, say what happened."""
