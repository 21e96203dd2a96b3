"""What an administrator manages: every route under `/api/manage`, guarded in the app."""

from connector.functions.manage import jobs, openapi, sign_in

BLUEPRINTS = (sign_in.bp, jobs.bp, openapi.bp)
