"""What the settings must not let happen."""

import logging

from django.utils.log import AdminEmailHandler


def test_no_web_request_is_mailed_to_staff():
    """Django would, as soon as there are ADMINS: headers, cookies, the values of variables."""
    loggers = [logging.getLogger(name) for name in (None, *logging.root.manager.loggerDict)]

    assert not [one for logger in loggers for one in logger.handlers if isinstance(one, AdminEmailHandler)]
