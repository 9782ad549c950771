"""Sign up, sign in, and the links that our mails carry."""

from tenantcrm.web.account.invitation import Invitations
from tenantcrm.web.account.links import Links
from tenantcrm.web.account.sign_in import SignIn
from tenantcrm.web.account.sign_up import SignUp

ACCOUNT = (SignUp, SignIn, Links, Invitations)
