"""Every layout with something in it, rendered without a server: what the tests of pages look at."""

from tenantcrm.web.shell import OperatorShell
from tenantcrm.web.styleguide import styleguide_context
from tenantcrm.web.templating import template_environment

TOKEN = "csrf-token-of-tests"

_SIGN_UP = """
{% extends "layouts/auth.html" %}{% block title %}Sign up{% endblock %}
{% block heading %}Create your account{% endblock %}{% block lead %}Two minutes.{% endblock %}
{% block content %}{{ ui.error_summary(errors) }}
{% call ui.form("/sign-up", csrf_token()) %}
{{ ui.field("business", "Business name", required=true, autocomplete="organization") }}
{{ ui.field("email", "Email", "ada@", errors.email, type="email", required=true) }}
{{ ui.field("password", "Password", type="password", required=true, autocomplete="new-password") }}
{{ ui.timezone_field(detect=true) }}
{% call ui.form_actions() %}{{ ui.button("Create account", variant="primary", full=true) }}
{% endcall %}{% endcall %}{% endblock %}
{% block below %}Have an account? <a href="/sign-in">Sign in</a>{% endblock %}
"""
_UNSUBSCRIBE = """
{% extends "layouts/public.html" %}{% block title %}Unsubscribe · {{ tenant_name }}{% endblock %}
{% block heading %}Stop mails from {{ tenant_name }}?{% endblock %}
{% block content %}<p>a•••@example.com gets no more mail.</p>
<form method="post" action="/u/token">{{ ui.button("Unsubscribe", variant="primary") }}</form>
{% endblock %}
"""
_TENANTS = """
{% extends "layouts/operator.html" %}{% set section = "tenants" %}
{% block title %}Tenants{% endblock %}
{% block content %}{{ ui.page_header("Tenants") }}
{% call ui.card(flush=true) %}
{% set tenants = [("Vinr", "active"), ("Acme", "suspended")] %}
{% call(row) ui.table(["Tenant", "State"], "Tenants", tenants) %}
<td><a href="#main">{{ row[0] }}</a></td><td>{{ ui.state_badge(row[1]) }}</td>
{% endcall %}{% endcall %}{% endblock %}
"""


def render_pages() -> dict[str, str]:
    """The HTML of each layout, by the path where a test serves it."""
    env = template_environment()
    env.globals["csrf_token"] = lambda: TOKEN
    fault = {"email": "Write the address as name@example.com."}
    return {
        "/styleguide": env.get_template("styleguide.html").render(styleguide_context()),
        "/sign-up": env.from_string(_SIGN_UP).render(errors=fault),
        "/u/token": env.from_string(_UNSUBSCRIBE).render(tenant_name="Vinr Wines"),
        "/operator/tenants": env.from_string(_TENANTS).render(
            shell=OperatorShell("operator@example.com")
        ),
        "/error": env.get_template("errors/error.html").render(
            status=500, title="Something broke", detail="", request_id="req_1"
        ),
    }
