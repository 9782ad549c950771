"""The operator console."""

from tenantcrm.web.operator.allowances import OperatorAllowances
from tenantcrm.web.operator.sign_in import OperatorSignIn
from tenantcrm.web.operator.tenants import OperatorTenants

OPERATOR = (OperatorSignIn, OperatorTenants, OperatorAllowances)
