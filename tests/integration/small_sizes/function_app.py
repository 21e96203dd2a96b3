"""The app with a tenth of its sizes: what becomes of pages is seen with a tenth of the people."""

import runpy
from pathlib import Path

from connector.application import carry_out, contacts_to_dataverse, people_page, sync_page

people_page.ROWS_PER_PAGE = 200
carry_out.CONTACTS_PER_CALL = 10
sync_page.CONTACTS_PER_CALL = 10  # type: ignore[attr-defined]  # it has the name from the other
contacts_to_dataverse.PEOPLE_PER_PAGE = 100
contacts_to_dataverse.PEOPLE_PER_SLICE = 20

app = runpy.run_path(str(Path(__file__).parents[3] / "function_app.py"))["app"]
