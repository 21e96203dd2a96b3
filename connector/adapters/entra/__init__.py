"""Speaks the language of Microsoft Entra ID, where people sign in."""
