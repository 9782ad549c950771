"""The parameters of a query, strictly."""

from tenantcrm.errors import FieldError, InvalidError
from tenantcrm.web.dependencies import AnyRequest


def read_parameters(request: AnyRequest, *known: str) -> dict[str, str]:
    """The parameters of the query.

    Raises:
        InvalidError: one is not among ``known``, or occurs twice.
    """
    found: dict[str, str] = {}
    faults = []
    for name, value in request.query_params.multi_items():
        if name not in known:
            words = f"There is no parameter {name[:60]!r}; there are {', '.join(known)}"
            faults.append(FieldError(f"/{name[:60]}", "unknown_parameter", words))
        elif name in found:
            faults.append(FieldError(f"/{name}", "duplicate_name", "Give it once"))
        found[name] = value
    if faults:
        raise InvalidError(faults)
    return found
