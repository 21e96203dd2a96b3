"""Where the browser is, and how it is started."""

import shutil

CHROMIUM = (
    shutil.which("chromium-headless-shell")  # has no windows, which cost a second for each visit
    or shutil.which("chromium")
    or shutil.which("chromium-browser")
)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
