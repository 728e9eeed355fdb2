"""Where pages lead to for the bytes of a file: a link that is copied keeps the name of the file."""

from django import template

from products import download, raw_data

register = template.Library()


@register.simple_tag
def file_address(product):
    return download.address(product.pk, product.name)


@register.simple_tag
def raw_address(product):
    return raw_data.address(product)
