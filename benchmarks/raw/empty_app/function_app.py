"""An app whose only function does nothing: what is left is the host itself."""

import azure.functions as func

app = func.FunctionApp()


@app.route("empty", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
async def empty(req: func.HttpRequest) -> func.HttpResponse:
    """Read the body and accept it."""
    req.get_body()

    return func.HttpResponse(status_code=202)
