"""What an administrator manages: every route under `/api/manage`, guarded in the app."""

from connector.functions.manage import jobs, openapi, records, sign_in

BLUEPRINTS = (sign_in.bp, jobs.bp, records.bp, openapi.bp)
