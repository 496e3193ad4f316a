"""The one set of doors that the files of this folder add to."""

from salus.web.doors import Pages

pages = Pages()
