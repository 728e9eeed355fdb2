"""What templates may ask about the roles of staff."""

from django import template

from archive import staff

register = template.Library()


@register.filter
def sees_ingests(user):
    return staff.has_role(user, *staff.SEE_INGESTS)


@register.filter
def sees_findings(user):
    return staff.has_role(user, *staff.SEE_FINDINGS)
